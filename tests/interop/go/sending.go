package main

import (
	"bytes"
	"context"
	"fmt"
	"math/rand"
	"sort"
	"strings"
	"sync"

	"github.com/apache/rocketmq-client-go/v2/primitive"
)

// dense checks that the receipts of a fresh topic count each queue from 0.
func dense(receipts []*primitive.SendResult) error {
	offsets := map[int][]int64{}
	ids := map[string]bool{}
	for _, receipt := range receipts {
		if len(receipt.OffsetMsgID) != 32 || receipt.MsgID == "" || ids[receipt.OffsetMsgID] {
			return fmt.Errorf("ids of receipt %v", receipt)
		}
		ids[receipt.OffsetMsgID] = true
		queue := receipt.MessageQueue.QueueId
		offsets[queue] = append(offsets[queue], receipt.QueueOffset)
	}
	for queue, got := range offsets {
		sort.Slice(got, func(i, j int) bool { return got[i] < got[j] })
		for i, offset := range got {
			if offset != int64(i) {
				return fmt.Errorf("offsets %v in queue %d", got, queue)
			}
		}
	}
	return nil
}

// sameTexts compares without order: queues are consumed side by side.
func sameTexts(got, wanted []string) error {
	got, wanted = append([]string(nil), got...), append([]string(nil), wanted...)
	sort.Strings(got)
	sort.Strings(wanted)
	for i := range wanted {
		if i >= len(got) || got[i] != wanted[i] {
			return fmt.Errorf("of %d texts, %d came; %q is the first without its match", len(wanted), len(got), wanted[i])
		}
	}
	if len(got) > len(wanted) {
		return fmt.Errorf("of %d texts, %d came", len(wanted), len(got))
	}
	return nil
}

func sendSync(w *world) error {
	p, err := w.producer()
	if err != nil {
		return err
	}
	receipts, err := sendTexts(p, w.own("topic"), texts("sync", 40)...)
	if err != nil {
		return err
	}
	queues := map[int]bool{}
	for _, receipt := range receipts {
		queues[receipt.MessageQueue.QueueId] = true
	}
	w.observe("40 SEND_OK, offsets dense in %d queues", len(queues))
	return dense(receipts)
}

func sendAsync(w *world) error {
	p, err := w.producer()
	if err != nil {
		return err
	}
	var mutex sync.Mutex
	var receipts []*primitive.SendResult
	var failure error
	called := 0
	for _, text := range texts("async", 50) {
		err = p.SendAsync(context.Background(), func(_ context.Context, receipt *primitive.SendResult, err error) {
			mutex.Lock()
			defer mutex.Unlock()
			called++
			if err != nil {
				failure = err
				return
			}
			receipts = append(receipts, receipt)
		}, primitive.NewMessage(w.own("topic"), []byte(text)))
		if err != nil {
			return err
		}
	}
	done := func() bool { mutex.Lock(); defer mutex.Unlock(); return called == 50 }
	if err = eventually(patience, done); err != nil {
		return fmt.Errorf("calls back %w", err)
	}
	if failure != nil {
		return failure
	}
	return dense(receipts)
}

func sendOneWay(w *world) error {
	p, err := w.producer()
	if err != nil {
		return err
	}
	topic := w.own("topic")
	for _, text := range texts("one way", 20) {
		if err = p.SendOneWay(context.Background(), primitive.NewMessage(topic, []byte(text))); err != nil {
			return err
		}
	}
	// An answer to a later send says that the topic exists by now.
	if _, err = sendTexts(p, topic, "last"); err != nil {
		return err
	}
	r, err := w.receiver(w.own("group"), topic, "*")
	if err != nil {
		return err
	}
	if err = r.await(21); err != nil {
		return err
	}
	return sameTexts(r.bodies(), append(texts("one way", 20), "last"))
}

func sendBatch(w *world) error {
	p, err := w.producer()
	if err != nil {
		return err
	}
	topic := w.own("topic")
	var batch []*primitive.Message
	for _, text := range texts("batch", 10) {
		message := primitive.NewMessage(topic, []byte(text))
		message.WithTag("tag " + text)
		batch = append(batch, message)
	}
	receipt, err := p.SendSync(context.Background(), batch...)
	if err != nil {
		return err
	}
	if receipt.Status != primitive.SendOK || receipt.QueueOffset != 0 {
		return fmt.Errorf("receipt %v", receipt)
	}
	if ids := strings.Split(receipt.OffsetMsgID, ","); len(ids) != 10 {
		return fmt.Errorf("%d offset ids in receipt %v", len(ids), receipt)
	}
	r, err := w.receiver(w.own("group"), topic, "*")
	if err != nil {
		return err
	}
	if err = r.await(10); err != nil {
		return err
	}
	for _, message := range r.got() {
		text := fmt.Sprintf("batch %d", message.QueueOffset)
		if string(message.Body) != text || message.GetTags() != "tag "+text {
			return fmt.Errorf("%q with tag %q at offset %d", message.Body, message.GetTags(), message.QueueOffset)
		}
		if message.Queue.QueueId != receipt.MessageQueue.QueueId {
			return fmt.Errorf("%q in queue %d, not %d", message.Body, message.Queue.QueueId, receipt.MessageQueue.QueueId)
		}
	}
	return nil
}

func autoCreatedTopic(w *world) error {
	topic := w.own("topic")
	// A consumer refuses to start for a topic without a route.
	before := "no route"
	if early, err := w.receiver(w.own("group"), topic, "*"); err == nil {
		early.stop()
		before = "a route"
	}
	p, err := w.producer()
	if err != nil {
		return err
	}
	if _, err = sendTexts(p, topic, "first"); err != nil {
		return err
	}
	r, err := w.receiver(w.own("group"), topic, "*")
	if err != nil {
		return err
	}
	w.observe("before: %s; after the first send it is received", before)
	return r.await(1)
}

// exchange sends one message and returns it as a consumer got it.
func exchange(w *world, sent *primitive.Message) (*primitive.MessageExt, error) {
	p, err := w.producer()
	if err != nil {
		return nil, err
	}
	if _, err = p.SendSync(context.Background(), sent); err != nil {
		return nil, err
	}
	r, err := w.receiver(w.own("group"), sent.Topic, "*")
	if err != nil {
		return nil, err
	}
	if err = r.await(1); err != nil {
		return nil, err
	}
	return r.got()[0], nil
}

func compressedBodyIntact(w *world) error {
	body := make([]byte, 64*1024)
	random := rand.New(rand.NewSource(5))
	for i := range body {
		body[i] = "apogee"[random.Intn(6)] // compresses well, but is no run
	}
	sent := primitive.NewMessage(w.own("topic"), body)
	got, err := exchange(w, sent)
	if err != nil {
		return err
	}
	if !sent.Compress {
		return fmt.Errorf("the client did not compress")
	}
	if !bytes.Equal(got.Body, body) {
		return fmt.Errorf("%d bytes, of which the first are %.40q", len(got.Body), got.Body)
	}
	return nil
}

func messageIntact(w *world) error {
	body := make([]byte, 256)
	for i := range body {
		body[i] = byte(i)
	}
	sent := primitive.NewMessage(w.own("topic"), body)
	sent.WithKeys([]string{"order-17", "schlüssel", "键"})
	sent.WithTag("paid")
	properties := map[string]string{"colour": "rosé", "empty-ish": " ", "json": `{"a": "b\n"}`}
	for name, value := range properties {
		sent.WithProperty(name, value)
	}
	sent.Flag = 77
	got, err := exchange(w, sent)
	if err != nil {
		return err
	}
	if !bytes.Equal(got.Body, body) {
		return fmt.Errorf("got %x", got.Body)
	}
	if got.GetKeys() != "order-17 schlüssel 键" || got.GetTags() != "paid" || got.Flag != 77 {
		return fmt.Errorf("keys %q, tag %q, flag %d", got.GetKeys(), got.GetTags(), got.Flag)
	}
	for name, value := range properties {
		if got.GetProperty(name) != value {
			return fmt.Errorf("property %s is %q", name, got.GetProperty(name))
		}
	}
	w.observe("body, tag, keys, flag, properties as sent; system flag %d", got.SysFlag)
	return nil
}

func largeBody(w *world) error {
	body := make([]byte, 1024*1024)
	rand.New(rand.NewSource(5)).Read(body)
	got, err := exchange(w, primitive.NewMessage(w.own("topic"), body))
	if err != nil {
		return err
	}
	if !bytes.Equal(got.Body, body) {
		return fmt.Errorf("%d bytes came", len(got.Body))
	}
	w.observe("%d bytes as sent", len(body))
	return nil
}
