package main

import (
	"context"
	"strings"
	"time"

	"github.com/apache/rocketmq-client-go/v2"
	"github.com/apache/rocketmq-client-go/v2/primitive"
	"github.com/apache/rocketmq-client-go/v2/producer"
)

// send tells what came of a message.
func send(p rocketmq.Producer, message *primitive.Message) string {
	receipt, err := p.SendSync(context.Background(), message)
	switch {
	case err != nil:
		return err.Error()
	case receipt.Status == primitive.SendOK:
		return "SEND_OK"
	default:
		return receipt.String()
	}
}

func illegalTopic(w *world) error {
	p, err := w.producer()
	if err != nil {
		return err
	}
	var results []string
	for _, topic := range []string{"a b", strings.Repeat("x", 128)} {
		word := topic
		if len(word) > 100 {
			word = "128 letters"
		}
		results = append(results, word+": "+send(p, primitive.NewMessage(topic, []byte("x"))))
	}
	w.observe("%s", strings.Join(results, "; "))
	return nil
}

func tooLarge(w *world) error {
	p, err := w.producer(producer.WithCompressMsgBodyOverHowmuch(1 << 30))
	if err != nil {
		return err
	}
	topic := w.own("topic")
	if _, err = sendTexts(p, topic, "first"); err != nil {
		return err
	}
	long := primitive.NewMessage(topic, []byte("with a long property"))
	long.WithProperty("long", strings.Repeat("x", 40000))
	w.observe("5 MiB: %s; a property of 40000: %s",
		send(p, primitive.NewMessage(topic, make([]byte, 5*1024*1024))), send(p, long))
	return nil
}

// afterwards tells how many messages with a word are there in the end.
func afterwards(w *world, word string) (int, error) {
	r, err := w.receiver(w.own("group"), w.own("topic"), "*")
	if err != nil {
		return 0, err
	}
	if err = r.await(1); err != nil {
		return 0, err
	}
	time.Sleep(3 * time.Second)
	return r.countOf(word), nil
}

func delayed(w *world) error {
	p, err := w.producer()
	if err != nil {
		return err
	}
	if _, err = sendTexts(p, w.own("topic"), "first"); err != nil {
		return err
	}
	answer := send(p, primitive.NewMessage(w.own("topic"), []byte("delayed")).WithDelayTimeLevel(1))
	count, err := afterwards(w, "delayed")
	w.observe("%s; received %d", answer, count)
	return err
}

type committing struct{}

func (committing) ExecuteLocalTransaction(*primitive.Message) primitive.LocalTransactionState {
	return primitive.CommitMessageState
}

func (committing) CheckLocalTransaction(*primitive.MessageExt) primitive.LocalTransactionState {
	return primitive.CommitMessageState
}

func transactional(w *world) error {
	plain, err := w.producer()
	if err != nil {
		return err
	}
	if _, err = sendTexts(plain, w.own("topic"), "first"); err != nil {
		return err
	}
	p, err := rocketmq.NewTransactionProducer(committing{},
		producer.WithNameServer(w.nameserver),
		producer.WithInstanceName(w.instance()),
		producer.WithGroupName(w.own("transactions")),
		producer.WithRetry(0))
	if err != nil {
		return err
	}
	if err = p.Start(); err != nil {
		return err
	}
	w.atEnd(func() { _ = p.Shutdown() })
	answer := "SEND_OK"
	result, err := p.SendMessageInTransaction(context.Background(),
		primitive.NewMessage(w.own("topic"), []byte("transactional")))
	if err != nil {
		answer = err.Error()
	} else if result.Status != primitive.SendOK {
		answer = result.String()
	}
	count, err := afterwards(w, "transactional")
	w.observe("%s; received %d", answer, count)
	return err
}
