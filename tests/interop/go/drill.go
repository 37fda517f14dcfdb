package main

import (
	"context"
	"fmt"
	"os"
	"sync"
	"time"

	"github.com/apache/rocketmq-client-go/v2"
	"github.com/apache/rocketmq-client-go/v2/consumer"
	"github.com/apache/rocketmq-client-go/v2/primitive"
	"github.com/apache/rocketmq-client-go/v2/producer"
)

// drill is one client of tests/interop/crash_drill, until it is killed.
func drill(nameserver, role, topic, file string) {
	journal, err := os.OpenFile(file, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
	if err == nil && role == "produce" {
		err = produce(primitive.NamesrvAddr{nameserver}, topic, journal)
	} else if err == nil {
		err = consume(primitive.NamesrvAddr{nameserver}, topic, journal)
	}
	fmt.Fprintln(os.Stderr, err)
	os.Exit(1)
}

// produce writes a line `try N` before each send, and `ack N QUEUE OFFSET` for
// each answer.
func produce(nameserver primitive.NamesrvAddr, topic string, journal *os.File) error {
	p, err := rocketmq.NewProducer(producer.WithNameServer(nameserver), producer.WithGroupName("drill_producers"),
		producer.WithInstanceName("producer"), producer.WithSendMsgTimeout(2*time.Second))
	if err != nil {
		return err
	}
	if err = p.Start(); err != nil {
		return err
	}
	for i := 0; ; i++ {
		time.Sleep(2 * time.Millisecond)
		fmt.Fprintf(journal, "try %d\n", i)
		message := primitive.NewMessage(topic, []byte(fmt.Sprintf("go %d", i)))
		receipt, err := p.SendSync(context.Background(), message)
		if err == nil && receipt.Status == primitive.SendOK {
			fmt.Fprintf(journal, "ack %d %d %d\n", i, receipt.MessageQueue.QueueId, receipt.QueueOffset)
		} else {
			fmt.Fprintf(journal, "failed %d %v\n", i, err)
		}
	}
}

// consume writes a line `QUEUE OFFSET BODY` for each message.
func consume(nameserver primitive.NamesrvAddr, topic string, journal *os.File) error {
	c, err := rocketmq.NewPushConsumer(consumer.WithNameServer(nameserver), consumer.WithGroupName("drill_go"),
		consumer.WithInstance("consumer"), consumer.WithConsumerOrder(true),
		consumer.WithConsumeFromWhere(consumer.ConsumeFromFirstOffset))
	if err != nil {
		return err
	}
	var mutex sync.Mutex
	note := func(_ context.Context, messages ...*primitive.MessageExt) (consumer.ConsumeResult, error) {
		mutex.Lock()
		defer mutex.Unlock()
		for _, one := range messages {
			fmt.Fprintf(journal, "%d %d %s\n", one.Queue.QueueId, one.QueueOffset, one.Body)
		}
		return consumer.ConsumeSuccess, nil
	}
	if err = c.Subscribe(topic, everything, note); err != nil {
		return err
	}
	if err = c.Start(); err != nil {
		return err
	}
	select {}
}
