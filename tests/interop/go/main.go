// Scenarios of the Go client rocketmq-client-go against a running node: each
// prints `PASS name` or `FAIL name: why`, and the program ends with 1 when one
// failed.
//
//	interop [SCENARIO...] NAMESERVER
package main

import (
	"fmt"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/apache/rocketmq-client-go/v2/primitive"
	"github.com/apache/rocketmq-client-go/v2/rlog"
)

type scenario struct {
	name string
	run  func(*world) error
}

var scenarios = []scenario{
	{"send_sync_gives_receipts_with_dense_offsets", sendSync},
	{"send_async_calls_back_with_receipts", sendAsync},
	{"send_one_way_is_stored", sendOneWay},
	{"a_batch_takes_dense_offsets_in_one_queue", sendBatch},
	{"a_first_send_creates_the_topic", autoCreatedTopic},
	{"a_body_arrives_intact", bodyIntact},
	{"a_compressed_body_arrives_intact", compressedBodyIntact},
	{"keys_tags_and_properties_arrive_intact", propertiesIntact},
	{"a_waiting_push_consumer_gets_a_message_within_a_second", pushConsumer},
	{"a_tag_filter_lets_only_its_tags_through", tagFilter},
	{"two_members_share_queues_within_a_second", sharedQueues},
	{"a_restarted_consumer_continues_at_the_committed_offset", restartedConsumer},
	{"an_ordered_consumer_gets_each_queue_in_order", orderedConsumer},
	{"an_ordered_consumer_hands_its_queues_to_a_successor", orderedHandOver},
	{"a_poll_consumer_gets_each_message", pollConsumer},
	{"thousands_in_flight_arrive_once", manyInFlight},
}

// world is what a scenario may know: where the node is, and a word that makes
// its topics and groups its own, so that a node can be used again and again.
type world struct {
	nameserver primitive.NamesrvAddr
	suffix     string
	clients    int
	cleanups   []func()
}

func (w *world) own(word string) string { return word + "_" + w.suffix }

func (w *world) atEnd(cleanup func()) { w.cleanups = append(w.cleanups, cleanup) }

func (w *world) finish() {
	for i := len(w.cleanups) - 1; i >= 0; i-- {
		w.cleanups[i]()
	}
	w.cleanups = nil
}

func run(s scenario, nameserver string) (err error) {
	w := &world{
		nameserver: primitive.NamesrvAddr{nameserver},
		suffix:     fmt.Sprintf("%s_%d", strings.ReplaceAll(s.name, "_", ""), time.Now().UnixMilli()),
	}
	defer w.finish()
	return s.run(w)
}

func main() {
	if len(os.Args) < 2 {
		fmt.Fprintln(os.Stderr, "usage: interop [SCENARIO...] NAMESERVER")
		os.Exit(2)
	}
	chosen, nameserver := os.Args[1:len(os.Args)-1], os.Args[len(os.Args)-1]
	// The client tells of each pull otherwise.
	level := os.Getenv("ROCKETMQ_GO_LOG_LEVEL")
	if level == "" {
		level = "fatal"
	}
	rlog.SetLogLevel(level)

	failures := 0
	for _, s := range scenarios {
		if len(chosen) > 0 && !slices.Contains(chosen, s.name) {
			continue
		}
		if err := run(s, nameserver); err != nil {
			failures++
			fmt.Printf("FAIL %s: %v\n", s.name, err)
		} else {
			fmt.Printf("PASS %s\n", s.name)
		}
	}
	if failures > 0 {
		os.Exit(1)
	}
}
