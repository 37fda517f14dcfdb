package main

import (
	"context"
	"fmt"
	"os"

	"github.com/apache/rocketmq-client-go/v2"
	"github.com/apache/rocketmq-client-go/v2/consumer"
	"github.com/apache/rocketmq-client-go/v2/primitive"
	"github.com/apache/rocketmq-client-go/v2/rlog"
)

// beMember prints "got QUEUE OFFSET BODY" until it is killed.
func beMember(nameserver, group, topic string, ordered bool) error {
	rlog.SetLogLevel("fatal")
	made, err := rocketmq.NewPushConsumer(
		consumer.WithNameServer([]string{nameserver}),
		consumer.WithInstance(fmt.Sprint(os.Getpid())),
		consumer.WithGroupName(group),
		consumer.WithConsumerOrder(ordered),
		consumer.WithConsumeFromWhere(consumer.ConsumeFromFirstOffset),
	)
	if err != nil {
		return err
	}
	print := func(_ context.Context, messages ...*primitive.MessageExt) (consumer.ConsumeResult, error) {
		var text string
		for _, m := range messages {
			text += fmt.Sprintf("got %d %d %s\n", m.Queue.QueueId, m.QueueOffset, m.Body)
		}
		os.Stdout.WriteString(text)
		return consumer.ConsumeSuccess, nil
	}
	if err = made.Subscribe(topic, consumer.MessageSelector{}, print); err != nil {
		return err
	}
	if err = made.Start(); err != nil {
		return err
	}
	select {}
}
