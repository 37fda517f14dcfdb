package main

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/apache/rocketmq-client-go/v2"
	"github.com/apache/rocketmq-client-go/v2/consumer"
	"github.com/apache/rocketmq-client-go/v2/primitive"
	"github.com/apache/rocketmq-client-go/v2/producer"
)

const patience = 30 * time.Second

// instance names a client; clients of one name would share a connection.
func (w *world) instance() string {
	w.clients++
	return fmt.Sprintf("%s_%d", w.suffix, w.clients)
}

func (w *world) producer(options ...producer.Option) (rocketmq.Producer, error) {
	all := append([]producer.Option{
		producer.WithNameServer(w.nameserver),
		producer.WithInstanceName(w.instance()),
		producer.WithGroupName(w.own("producers")),
		producer.WithRetry(0),
		// The client crashes when an asynchronous send is answered too late.
		producer.WithSendMsgTimeout(patience),
	}, options...)
	made, err := rocketmq.NewProducer(all...)
	if err != nil {
		return nil, err
	}
	if err = made.Start(); err != nil {
		return nil, err
	}
	w.atEnd(func() { _ = made.Shutdown() })
	return made, nil
}

// receiver is a push consumer that remembers what it got.
type receiver struct {
	mutex    sync.Mutex
	messages []*primitive.MessageExt
	stop     func()
}

func (r *receiver) got() []*primitive.MessageExt {
	r.mutex.Lock()
	defer r.mutex.Unlock()
	return append([]*primitive.MessageExt(nil), r.messages...)
}

func (r *receiver) bodies() []string {
	var all []string
	for _, message := range r.got() {
		all = append(all, string(message.Body))
	}
	return all
}

func (r *receiver) await(count int) error {
	if err := eventually(patience, func() bool { return len(r.got()) >= count }); err != nil {
		return fmt.Errorf("got %d of %d messages", len(r.got()), count)
	}
	return nil
}

func (w *world) receiver(group, topic, tags string, options ...consumer.Option) (*receiver, error) {
	selector := consumer.MessageSelector{Type: consumer.TAG, Expression: tags}
	return w.receiverOf(group, topic, selector, success, options...)
}

// verdict is what a listener says of a message; earlier ones are known already.
type verdict func(ctx context.Context, message *primitive.MessageExt, earlier []*primitive.MessageExt) consumer.ConsumeResult

func success(context.Context, *primitive.MessageExt, []*primitive.MessageExt) consumer.ConsumeResult {
	return consumer.ConsumeSuccess
}

// receiverOf tries again while the topic has no route: a broker that creates a
// topic tells the nameserver when it has already answered the send.
func (w *world) receiverOf(group, topic string, selector consumer.MessageSelector, judge verdict,
	options ...consumer.Option) (*receiver, error) {
	for deadline := time.Now().Add(patience); ; time.Sleep(100 * time.Millisecond) {
		r, err := w.tryReceiverOf(group, topic, selector, judge, options...)
		if err == nil || !strings.Contains(err.Error(), "route info not found") || time.Now().After(deadline) {
			return r, err
		}
	}
}

func (w *world) tryReceiverOf(group, topic string, selector consumer.MessageSelector, judge verdict,
	options ...consumer.Option) (*receiver, error) {
	all := append([]consumer.Option{
		consumer.WithNameServer(w.nameserver),
		consumer.WithInstance(w.instance()),
		consumer.WithGroupName(group),
		consumer.WithConsumeFromWhere(consumer.ConsumeFromFirstOffset),
	}, options...)
	made, err := rocketmq.NewPushConsumer(all...)
	if err != nil {
		return nil, err
	}
	r := &receiver{}
	remember := func(ctx context.Context, messages ...*primitive.MessageExt) (consumer.ConsumeResult, error) {
		r.mutex.Lock()
		defer r.mutex.Unlock()
		result := judge(ctx, messages[0], r.messages)
		r.messages = append(r.messages, messages...)
		return result, nil
	}
	if err = made.Subscribe(topic, selector, remember); err != nil {
		return nil, err
	}
	var once sync.Once
	r.stop = func() { once.Do(func() { _ = made.Shutdown() }) }
	if err = made.Start(); err != nil {
		r.stop()
		return nil, err
	}
	w.atEnd(r.stop)
	return r, nil
}

func eventually(limit time.Duration, condition func() bool) error {
	for deadline := time.Now().Add(limit); time.Now().Before(deadline); {
		if condition() {
			return nil
		}
		time.Sleep(10 * time.Millisecond)
	}
	return fmt.Errorf("not within %v", limit)
}

// sendTexts sends each text in a message of its own and returns the receipts.
func sendTexts(p rocketmq.Producer, topic string, texts ...string) ([]*primitive.SendResult, error) {
	var receipts []*primitive.SendResult
	for _, text := range texts {
		receipt, err := p.SendSync(context.Background(), primitive.NewMessage(topic, []byte(text)))
		if err != nil {
			return nil, fmt.Errorf("sending %q: %w", text, err)
		}
		if receipt.Status != primitive.SendOK {
			return nil, fmt.Errorf("sending %q: %v", text, receipt)
		}
		receipts = append(receipts, receipt)
	}
	return receipts, nil
}

// byProperty sends a message to the queue that its property "queue" names.
type byProperty struct{}

func (byProperty) Select(message *primitive.Message, queues []*primitive.MessageQueue, _ string) *primitive.MessageQueue {
	for _, queue := range queues {
		if strconv.Itoa(queue.QueueId) == message.GetProperty("queue") {
			return queue
		}
	}
	return nil
}

// sendToQueues sends count texts to each of the queues of a topic, round and
// round; the sender needs byProperty.
func sendToQueues(p rocketmq.Producer, topic, word string, queues, count int) error {
	for i := 0; i < count; i++ {
		for queue := 0; queue < queues; queue++ {
			message := primitive.NewMessage(topic, []byte(fmt.Sprintf("%s %d", word, i)))
			message.WithProperty("queue", strconv.Itoa(queue))
			if _, err := p.SendSync(context.Background(), message); err != nil {
				return fmt.Errorf("sending to queue %d: %w", queue, err)
			}
		}
	}
	return nil
}

func texts(word string, count int) []string {
	var all []string
	for i := 0; i < count; i++ {
		all = append(all, fmt.Sprintf("%s %d", word, i))
	}
	return all
}
