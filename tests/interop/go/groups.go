package main

import (
	"context"
	"fmt"
	"sort"
	"strconv"
	"strings"
	"time"

	"github.com/apache/rocketmq-client-go/v2/consumer"
	"github.com/apache/rocketmq-client-go/v2/primitive"
	"github.com/apache/rocketmq-client-go/v2/producer"
)

const (
	fromFirst     = consumer.ConsumeFromFirstOffset
	fromLast      = consumer.ConsumeFromLastOffset
	fromTimestamp = consumer.ConsumeFromTimestamp
)

func sqlFilter(w *world) error {
	p, err := w.producer()
	if err != nil {
		return err
	}
	for i := 0; i < 20; i++ {
		message := primitive.NewMessage(w.own("topic"), []byte(fmt.Sprintf("m%d", i)))
		if i%2 == 0 {
			message.WithProperty("price", strconv.Itoa(i))
		}
		message.WithProperty("colour", map[bool]string{true: "red", false: "blue"}[i < 15])
		if _, err = p.SendSync(context.Background(), message); err != nil {
			return err
		}
	}
	r, err := w.receiverOf(w.own("group"), w.own("topic"), consumer.MessageSelector{
		Type:       consumer.SQL92,
		Expression: "(price BETWEEN 5 AND 9) OR (price IS NULL AND colour IN ('blue'))",
	}, success)
	if err != nil {
		return err
	}
	if err = r.await(5); err != nil {
		return err
	}
	time.Sleep(300 * time.Millisecond)
	bodies := r.bodies()
	sort.Strings(bodies)
	w.observe("%s", strings.Join(bodies, " "))
	return nil
}

// badExpression: the client does not ask the broker before it starts.
func badExpression(w *world) error {
	p, err := w.producer()
	if err != nil {
		return err
	}
	if _, err = sendTexts(p, w.own("topic"), "never filtered"); err != nil {
		return err
	}
	r, err := w.receiverOf(w.own("group"), w.own("topic"),
		consumer.MessageSelector{Type: consumer.SQL92, Expression: "price > > 3"}, success)
	if err != nil {
		w.observe("refused: %v", err)
		return nil
	}
	time.Sleep(2 * time.Second)
	w.observe("the client starts; received %d", len(r.got()))
	return nil
}

func broadcasting(w *world) error {
	p, err := w.producer()
	if err != nil {
		return err
	}
	if _, err = sendTexts(p, w.own("topic"), "creates the topic"); err != nil {
		return err
	}
	var members []*receiver
	for i := 0; i < 2; i++ {
		r, err := w.receiver(w.own("group"), w.own("topic"), "*", consumer.WithConsumerModel(consumer.BroadCasting))
		if err != nil {
			return err
		}
		members = append(members, r)
	}
	time.Sleep(2 * time.Second)
	if _, err = sendTexts(p, w.own("topic"), texts("for all", 20)...); err != nil {
		return err
	}
	for _, member := range members {
		all := func() bool { return member.countOf("for all") >= 20 }
		if err = eventually(patience, all); err != nil {
			return fmt.Errorf("a member got %d of 20", member.countOf("for all"))
		}
	}
	time.Sleep(300 * time.Millisecond)
	w.observe("two members, received %d and %d", members[0].countOf("for all"), members[1].countOf("for all"))
	return nil
}

// countOf counts the messages whose texts begin with a word.
func (r *receiver) countOf(word string) int {
	count := 0
	for _, body := range r.bodies() {
		if strings.HasPrefix(body, word) {
			count++
		}
	}
	return count
}

// from tells what a new group gets that starts where it is told to.
func from(where consumer.ConsumeFromWhere) func(*world) error {
	return func(w *world) error {
		p, err := w.producer(producer.WithQueueSelector(byProperty{}))
		if err != nil {
			return err
		}
		topic := w.own("topic")
		if err = sendToQueues(p, topic, "earlier", queuesOfATopic, 3); err != nil {
			return err
		}
		inAMinute := time.Now().Add(time.Minute).Format("20060102150405")
		r, err := w.receiver(w.own("group"), topic, "*",
			consumer.WithConsumeFromWhere(where), consumer.WithConsumeTimestamp(inAMinute))
		if err != nil {
			return err
		}
		time.Sleep(3 * time.Second) // until it has all its queues
		if err = sendToQueues(p, topic, "later", queuesOfATopic, 2); err != nil {
			return err
		}
		_ = eventually(5*time.Second, func() bool { return len(r.got()) >= 20 })
		w.observe("%d of 12 earlier, %d of 8 later", r.countOf("earlier"), r.countOf("later"))
		return nil
	}
}

func fromLastOnEmptyQueues(w *world) error {
	p, err := w.producer(producer.WithQueueSelector(byProperty{}))
	if err != nil {
		return err
	}
	topic := w.own("topic")
	first := primitive.NewMessage(topic, []byte("creates the topic"))
	first.WithProperty("queue", "0")
	if _, err = p.SendSync(context.Background(), first); err != nil {
		return err
	}
	r, err := w.receiver(w.own("group"), topic, "*", consumer.WithConsumeFromWhere(fromLast))
	if err != nil {
		return err
	}
	time.Sleep(3 * time.Second)
	if err = sendToQueues(p, topic, "later", queuesOfATopic, 2); err != nil {
		return err
	}
	_ = eventually(5*time.Second, func() bool { return len(r.got()) >= 9 })
	w.observe("%d of 9 received", len(r.got()))
	return nil
}
