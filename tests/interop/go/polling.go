package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/apache/rocketmq-client-go/v2"
	"github.com/apache/rocketmq-client-go/v2/consumer"
	"github.com/apache/rocketmq-client-go/v2/primitive"
)

// puller is a consumer that asks for messages itself.
func (w *world) puller(topic string) (rocketmq.PullConsumer, error) {
	c, err := rocketmq.NewPullConsumer(
		consumer.WithNameServer(w.nameserver),
		consumer.WithInstance(w.instance()),
		consumer.WithGroupName(w.own("group")),
		consumer.WithConsumeFromWhere(consumer.ConsumeFromFirstOffset),
	)
	if err != nil {
		return nil, err
	}
	if err = c.Subscribe(topic, consumer.MessageSelector{Type: consumer.TAG, Expression: "*"}); err != nil {
		return nil, err
	}
	if err = c.Start(); err != nil {
		return nil, err
	}
	w.atEnd(func() { _ = c.Shutdown() })
	return c, nil
}

// pollConsumer keeps the client's defaults, with which it asks for 0 messages
// at a time; it gets them one by one then.
func pollConsumer(w *world) error {
	p, err := w.producer()
	if err != nil {
		return err
	}
	topic := w.own("topic")
	if _, err = sendTexts(p, topic, texts("polled", 20)...); err != nil {
		return err
	}
	c, err := w.puller(topic)
	if err != nil {
		return err
	}
	var got []string
	for deadline := time.Now().Add(patience); len(got) < 20 && time.Now().Before(deadline); {
		request, err := c.Poll(context.Background(), time.Second)
		if consumer.IsNoNewMsgError(err) {
			continue
		}
		if err != nil {
			return err
		}
		for _, message := range request.GetMsgList() {
			got = append(got, string(message.Body))
		}
		c.ACK(context.Background(), request, consumer.ConsumeSuccess)
	}
	return sameTexts(got, texts("polled", 20))
}

// manyInFlight has more sends and pulls under way at once than any other
// scenario.
func manyInFlight(w *world) error {
	const count = 5000
	p, err := w.producer()
	if err != nil {
		return err
	}
	topic := w.own("topic")
	if _, err = sendTexts(p, topic, "first"); err != nil {
		return err
	}
	r, err := w.receiver(w.own("group"), topic, "*")
	if err != nil {
		return err
	}
	failed := make(chan error, count)
	for _, text := range texts("flying", count) {
		err = p.SendAsync(context.Background(), func(_ context.Context, receipt *primitive.SendResult, err error) {
			if err == nil && receipt.Status != primitive.SendOK {
				err = errors.New(receipt.String())
			}
			failed <- err
		}, primitive.NewMessage(topic, []byte(text)))
		if err != nil {
			return err
		}
	}
	for i := 0; i < count; i++ {
		select {
		case err = <-failed:
			if err != nil {
				return err
			}
		case <-time.After(patience):
			return fmt.Errorf("%d of %d sends were answered", i, count)
		}
	}
	if err = r.await(count + 1); err != nil {
		return err
	}
	return sameTexts(r.bodies(), append(texts("flying", count), "first"))
}
