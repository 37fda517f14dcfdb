package main

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/apache/rocketmq-client-go/v2/consumer"
	"github.com/apache/rocketmq-client-go/v2/primitive"
	"github.com/apache/rocketmq-client-go/v2/producer"
)

// A client learns of its retry topic's queues by a timer of half a minute.
const patienceForRetries = 75 * time.Second

func sendOne(w *world) (*primitive.SendResult, error) {
	p, err := w.producer()
	if err != nil {
		return nil, err
	}
	message := primitive.NewMessage(w.own("topic"), []byte("to be retried"))
	message.WithTag("tag")
	message.WithKeys([]string{"key"})
	message.WithProperty("colour", "red")
	return p.SendSync(context.Background(), message)
}

var everything = consumer.MessageSelector{Type: consumer.TAG, Expression: "*"}

// laterFor refuses a message the first times.
func laterFor(times int) verdict {
	return func(ctx context.Context, _ *primitive.MessageExt, earlier []*primitive.MessageExt) consumer.ConsumeResult {
		if concurrent, ok := primitive.GetConcurrentlyCtx(ctx); ok {
			concurrent.DelayLevelWhenNextConsume = 1 // a second
		}
		if len(earlier) < times {
			return consumer.ConsumeRetryLater
		}
		return consumer.ConsumeSuccess
	}
}

func retryThenSuccess(w *world) error {
	sent, err := sendOne(w)
	if err != nil {
		return err
	}
	r, err := w.receiverOf(w.own("group"), w.own("topic"), everything, laterFor(2))
	if err != nil {
		return err
	}
	_ = eventually(patienceForRetries, func() bool { return len(r.got()) >= 3 })
	time.Sleep(1500 * time.Millisecond)
	all := r.got()
	last := all[len(all)-1]
	w.observe("%d times, at last %s %s %s %s %s reconsumed %d, same id %v", len(all),
		strings.ReplaceAll(last.Topic, "%RETRY%", "retry of "), last.Body, last.GetTags(), last.GetKeys(),
		last.GetProperty("colour"), last.ReconsumeTimes, last.MsgId == sent.MsgID)
	return nil
}

// deadLetter counts only: the client has no way to a topic that may not be read.
func deadLetter(w *world) error {
	if _, err := sendOne(w); err != nil {
		return err
	}
	r, err := w.receiverOf(w.own("group"), w.own("topic"), everything, laterFor(100),
		consumer.WithMaxReconsumeTimes(1))
	if err != nil {
		return err
	}
	_ = eventually(patienceForRetries, func() bool { return len(r.got()) >= 2 })
	time.Sleep(3 * time.Second)
	w.observe("%d times", len(r.got()))
	return nil
}

func orderlySuspend(w *world) error {
	p, err := w.producer(producer.WithQueueSelector(byProperty{}))
	if err != nil {
		return err
	}
	if err = sendToQueues(p, w.own("topic"), "m", 1, 5); err != nil {
		return err
	}
	again := func(_ context.Context, message *primitive.MessageExt, earlier []*primitive.MessageExt) consumer.ConsumeResult {
		if string(message.Body) == "m 2" && string(earlier[len(earlier)-1].Body) != "m 2" {
			return consumer.SuspendCurrentQueueAMoment
		}
		return consumer.ConsumeSuccess
	}
	r, err := w.receiverOf(w.own("group"), w.own("topic"), everything, again, consumer.WithConsumerOrder(true),
		consumer.WithSuspendCurrentQueueTimeMillis(200*time.Millisecond))
	if err != nil {
		return err
	}
	if err = r.await(6); err != nil {
		return err
	}
	w.observe("%s", strings.Join(r.bodies(), ", "))
	return nil
}

func pullAtOffset(w *world) error {
	p, err := w.producer(producer.WithQueueSelector(byProperty{}))
	if err != nil {
		return err
	}
	topic := w.own("topic")
	var sent *primitive.SendResult
	for _, text := range texts("m", 10) {
		message := primitive.NewMessage(topic, []byte(text))
		message.WithProperty("queue", "0")
		if sent, err = p.SendSync(context.Background(), message); err != nil {
			return err
		}
	}
	c, err := w.puller(topic)
	if err != nil {
		return err
	}
	var results []string
	for _, offset := range []int64{0, 7, 15} {
		got, err := c.PullFrom(context.Background(), sent.MessageQueue, offset, 4)
		if err != nil {
			results = append(results, fmt.Sprintf("at %d: %v", offset, err))
			continue
		}
		results = append(results, fmt.Sprintf("at %d: status %d, %d messages, next %d, min %d, max %d", offset,
			got.Status, len(got.GetMessageExts()), got.NextBeginOffset, got.MinOffset, got.MaxOffset))
	}
	w.observe("%s", strings.Join(results, "; "))
	return nil
}
