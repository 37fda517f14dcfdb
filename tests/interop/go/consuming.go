package main

import (
	"context"
	"fmt"
	"time"

	"github.com/apache/rocketmq-client-go/v2/consumer"
	"github.com/apache/rocketmq-client-go/v2/primitive"
	"github.com/apache/rocketmq-client-go/v2/producer"
)

const queuesOfATopic = 4

func pushConsumer(w *world) error {
	p, err := w.producer(producer.WithQueueSelector(byProperty{}))
	if err != nil {
		return err
	}
	topic := w.own("topic")
	if err = sendToQueues(p, topic, "early", queuesOfATopic, 5); err != nil {
		return err
	}
	r, err := w.receiver(w.own("group"), topic, "*")
	if err != nil {
		return err
	}
	if err = r.await(5 * queuesOfATopic); err != nil {
		return err
	}
	inTime := true
	for round := 0; round < 3; round++ {
		time.Sleep(300 * time.Millisecond) // so that its pulls wait at the broker
		before := len(r.got())
		if err = sendToQueues(p, topic, "late", queuesOfATopic, 1); err != nil {
			return err
		}
		all := func() bool { return len(r.got()) == before+queuesOfATopic }
		inTime = eventually(time.Second, all) == nil && inTime
	}
	if err = r.await(8 * queuesOfATopic); err != nil {
		return err
	}
	w.observe("%d received, those sent while it waits within a second: %v", len(r.got()), inTime)
	return nil
}

func tagFilter(w *world) error {
	p, err := w.producer()
	if err != nil {
		return err
	}
	var wanted []string
	for i := 0; i < 30; i++ {
		tag := []string{"red", "green", "blue"}[i%3]
		text := fmt.Sprintf("%s %d", tag, i)
		message := primitive.NewMessage(w.own("topic"), []byte(text))
		message.WithTag(tag)
		if _, err = p.SendSync(context.Background(), message); err != nil {
			return err
		}
		if tag != "green" {
			wanted = append(wanted, text)
		}
	}
	r, err := w.receiver(w.own("group"), w.own("topic"), "red || blue")
	if err != nil {
		return err
	}
	if err = r.await(len(wanted)); err != nil {
		return err
	}
	time.Sleep(300 * time.Millisecond)
	return sameTexts(r.bodies(), wanted)
}

// queuesWith tells the queues that r got messages with a text of.
func (r *receiver) queuesWith(text string) []int {
	seen := map[int]bool{}
	var queues []int
	for _, message := range r.got() {
		if string(message.Body) == text && !seen[message.Queue.QueueId] {
			seen[message.Queue.QueueId] = true
			queues = append(queues, message.Queue.QueueId)
		}
	}
	return queues
}

// sharedQueues knows from the messages who has a queue. A queue on its way may
// give a message to both members, so no text is counted twice.
func sharedQueues(w *world) error {
	p, err := w.producer(producer.WithQueueSelector(byProperty{}))
	if err != nil {
		return err
	}
	topic := w.own("topic")
	if err = sendToQueues(p, topic, "alone", queuesOfATopic, 1); err != nil {
		return err
	}
	first, err := w.receiver(w.own("group"), topic, "*")
	if err != nil {
		return err
	}
	if err = first.await(queuesOfATopic); err != nil {
		return err
	}
	second, err := w.receiver(w.own("group"), topic, "*")
	if err != nil {
		return err
	}
	time.Sleep(1500 * time.Millisecond)
	if err = sendToQueues(p, topic, "shared", queuesOfATopic, 1); err != nil {
		return err
	}
	shared := func() bool {
		return len(first.queuesWith("shared 0"))+len(second.queuesWith("shared 0")) >= queuesOfATopic
	}
	if err = eventually(patience, shared); err != nil {
		return fmt.Errorf("messages of both members %w", err)
	}
	ofFirst, ofSecond := first.queuesWith("shared 0"), second.queuesWith("shared 0")
	second.stop()
	if err = sendToQueues(p, topic, "left", queuesOfATopic, 1); err != nil {
		return err
	}
	left := func() bool { return len(first.queuesWith("left 0")) == queuesOfATopic }
	err = eventually(time.Second, left)
	w.observe("queues %d and %d; after one left, the other has all within a second: %v",
		len(ofFirst), len(ofSecond), err == nil)
	return nil
}

func restartedConsumer(w *world) error {
	p, err := w.producer()
	if err != nil {
		return err
	}
	topic, group := w.own("topic"), w.own("group")
	if _, err = sendTexts(p, topic, texts("before", 20)...); err != nil {
		return err
	}
	r, err := w.receiver(group, topic, "*")
	if err != nil {
		return err
	}
	if err = r.await(20); err != nil {
		return err
	}
	// The client takes note of an offset after the listener has returned.
	time.Sleep(200 * time.Millisecond)
	r.stop()
	if _, err = sendTexts(p, topic, texts("meanwhile", 20)...); err != nil {
		return err
	}
	if r, err = w.receiver(group, topic, "*"); err != nil {
		return err
	}
	if err = r.await(20); err != nil {
		return err
	}
	time.Sleep(300 * time.Millisecond)
	return sameTexts(r.bodies(), texts("meanwhile", 20))
}

// inOrder checks that the messages of each queue came once and in order.
func inOrder(messages []*primitive.MessageExt, queues, count int) error {
	next := map[int]int64{}
	for _, message := range messages {
		queue := message.Queue.QueueId
		if message.QueueOffset != next[queue] {
			return fmt.Errorf("offset %d instead of %d in queue %d", message.QueueOffset, next[queue], queue)
		}
		next[queue]++
	}
	for queue := 0; queue < queues; queue++ {
		if next[queue] != int64(count) {
			return fmt.Errorf("%d of %d messages in queue %d", next[queue], count, queue)
		}
	}
	return nil
}

func orderedConsumer(w *world) error {
	p, err := w.producer(producer.WithQueueSelector(byProperty{}))
	if err != nil {
		return err
	}
	topic := w.own("topic")
	if err = sendToQueues(p, topic, "ordered", queuesOfATopic, 25); err != nil {
		return err
	}
	r, err := w.receiver(w.own("group"), topic, "*", consumer.WithConsumerOrder(true))
	if err != nil {
		return err
	}
	if err = r.await(25 * queuesOfATopic); err != nil {
		return err
	}
	return inOrder(r.got(), queuesOfATopic, 25)
}

// orderedHandOver replaces the only member: the new one can take the queues only
// when their locks were given back.
func orderedHandOver(w *world) error {
	p, err := w.producer(producer.WithQueueSelector(byProperty{}))
	if err != nil {
		return err
	}
	topic, group := w.own("topic"), w.own("group")
	if err = sendToQueues(p, topic, "first", queuesOfATopic, 10); err != nil {
		return err
	}
	first, err := w.receiver(group, topic, "*", consumer.WithConsumerOrder(true))
	if err != nil {
		return err
	}
	if err = first.await(10 * queuesOfATopic); err != nil {
		return err
	}
	time.Sleep(200 * time.Millisecond)
	first.stop()
	second, err := w.receiver(group, topic, "*", consumer.WithConsumerOrder(true))
	if err != nil {
		return err
	}
	if err = sendToQueues(p, topic, "second", queuesOfATopic, 10); err != nil {
		return err
	}
	if err = second.await(10 * queuesOfATopic); err != nil {
		return err
	}
	return inOrder(append(first.got(), second.got()...), queuesOfATopic, 20)
}
