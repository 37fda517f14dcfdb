package main

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"sync"
	"time"

	"github.com/apache/rocketmq-client-go/v2"
	"github.com/apache/rocketmq-client-go/v2/consumer"
	"github.com/apache/rocketmq-client-go/v2/primitive"
	"github.com/apache/rocketmq-client-go/v2/producer"
)

// brokerRestart says in the folder that INTEROP_SIGNALS names that it sends and
// receives (`go.steady`), and sends on until `restarted` is there and for some
// seconds after that.
func brokerRestart(w *world) error {
	signals := os.Getenv("INTEROP_SIGNALS")
	p, err := w.producer()
	if err != nil {
		return err
	}
	topic := w.own("topic")
	if _, err = sendTexts(p, topic, "first"); err != nil {
		return err
	}
	r, err := w.receiver(w.own("group"), topic, "*", consumer.WithConsumerOrder(true))
	if err != nil {
		return err
	}
	if err = r.await(1); err != nil {
		return err
	}
	if err = os.WriteFile(filepath.Join(signals, "go.steady"), nil, 0o600); err != nil {
		return err
	}
	var acknowledged []string
	failures := 0
	var end time.Time
	for i := 0; end.IsZero() || time.Now().Before(end); i++ {
		if end.IsZero() {
			if _, err := os.Stat(filepath.Join(signals, "restarted")); err == nil {
				end = time.Now().Add(3 * time.Second)
			}
		}
		text := fmt.Sprintf("m %d", i)
		if _, err := sendTexts(p, topic, text); err == nil {
			acknowledged = append(acknowledged, text)
		} else {
			failures++
		}
		time.Sleep(20 * time.Millisecond)
	}
	missing := 0
	_ = eventually(patience, func() bool {
		seen := map[string]bool{}
		for _, body := range r.bodies() {
			seen[body] = true
		}
		missing = 0
		for _, text := range acknowledged {
			if !seen[text] {
				missing++
			}
		}
		return missing == 0
	})
	fmt.Fprintf(os.Stderr, "broker_restart: go had %d sends acknowledged, %d failed\n", len(acknowledged), failures)
	w.observe("sends again: %v, acknowledged but not received: %d", len(acknowledged) > 100, missing)
	return nil
}

// drill is one client of tests/interop/crash_drill, until standard input ends.
func drill(nameserver, role, topic, file string) {
	opened, err := os.OpenFile(file, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	over := make(chan struct{})
	go func() {
		_, _ = io.Copy(io.Discard, bufio.NewReader(os.Stdin))
		close(over)
	}()
	address := primitive.NamesrvAddr{nameserver}
	if role == "produce" {
		err = produce(address, topic, opened, over)
	} else {
		err = consume(address, topic, opened, over)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

// produce writes a line `try N` before each send, and `ack N QUEUE OFFSET` for
// each answer.
func produce(nameserver primitive.NamesrvAddr, topic string, journal *os.File, over chan struct{}) error {
	p, err := rocketmq.NewProducer(producer.WithNameServer(nameserver), producer.WithGroupName("drill_producers"),
		producer.WithInstanceName("producer"), producer.WithSendMsgTimeout(2*time.Second))
	if err != nil {
		return err
	}
	if err = p.Start(); err != nil {
		return err
	}
	for i := 0; ; i++ {
		select {
		case <-over:
			return p.Shutdown()
		case <-time.After(time.Millisecond):
		}
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
func consume(nameserver primitive.NamesrvAddr, topic string, journal *os.File, over chan struct{}) error {
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
	<-over
	return c.Shutdown()
}
