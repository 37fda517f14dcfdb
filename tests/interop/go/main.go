// What the Go client rocketmq-client-go does with a broker: runs the named
// scenarios, or all but those that need a hand from outside, several at once.
// Prints what each observed in a line `NAME: OBSERVED`.
//
//	interop NAMESERVER [SCENARIO...]
//	interop NAMESERVER produce|consume TOPIC FILE   for the crash drill
package main

import (
	"fmt"
	"os"
	"strings"
	"sync"
	"time"

	"github.com/apache/rocketmq-client-go/v2/primitive"
	"github.com/apache/rocketmq-client-go/v2/rlog"
)

const atOnce = 4

type scenario struct {
	name string
	run  func(*world) error
}

const needsAHand = "broker_restart"

var scenarios = []scenario{
	{"send_sync", sendSync},
	{"send_async", sendAsync},
	{"send_oneway", sendOneWay},
	{"send_batch", sendBatch},
	{"many_in_flight", manyInFlight},
	{"auto_created_topic", autoCreatedTopic},
	{"message_intact", messageIntact},
	{"large_body", largeBody},
	{"compressed_zlib", compressedBodyIntact},
	{"push_concurrent", pushConsumer},
	{"push_orderly", orderedConsumer},
	{"tag_filter", tagFilter},
	{"sql_filter", sqlFilter},
	{"sql_bad_expression", badExpression},
	{"lite_pull", pollConsumer},
	{"members_share_queues", sharedQueues},
	{"orderly_handover", orderedHandOver},
	{"broadcasting", broadcasting},
	{"commit_and_resume", restartedConsumer},
	{"from_first", from(fromFirst)},
	{"from_last", from(fromLast)},
	{"from_timestamp", from(fromTimestamp)},
	{"from_last_on_empty_queues", fromLastOnEmptyQueues},
	{"pull_at_offset", pullAtOffset},
	{"retry_then_success", retryThenSuccess},
	{"dead_letter", deadLetter},
	{"orderly_suspend", orderlySuspend},
	{"illegal_topic", illegalTopic},
	{"too_large", tooLarge},
	{"delayed", delayed},
	{"transactional", transactional},
	{needsAHand, brokerRestart},
}

// world is what a scenario may know: where the broker is, and a word that makes
// its topics and groups its own, so that a broker can be used again and again.
type world struct {
	nameserver primitive.NamesrvAddr
	suffix     string
	clients    int
	cleanups   []func()
	observed   string
}

func (w *world) own(word string) string { return word + "_" + w.suffix }

func (w *world) atEnd(cleanup func()) { w.cleanups = append(w.cleanups, cleanup) }

// observe says more than that the scenario's checks hold.
func (w *world) observe(format string, values ...interface{}) {
	text := fmt.Sprintf(format, values...)
	text = strings.ReplaceAll(text, w.own("topic"), "TOPIC")
	w.observed = strings.ReplaceAll(text, w.own("group"), "GROUP")
}

func (w *world) finish() {
	for i := len(w.cleanups) - 1; i >= 0; i-- {
		w.cleanups[i]()
	}
	w.cleanups = nil
}

func run(s scenario, nameserver string) {
	w := &world{
		nameserver: primitive.NamesrvAddr{nameserver},
		suffix:     fmt.Sprintf("go_%s_%d", strings.ReplaceAll(s.name, "_", ""), time.Now().UnixMilli()),
		observed:   "ok",
	}
	if err := s.run(w); err != nil {
		w.observe("failed: %v", err)
	}
	fmt.Printf("%s: %s\n", s.name, w.observed)
	w.finish()
}

func isChosen(name string, chosen []string) bool {
	for _, one := range chosen {
		if one == name {
			return true
		}
	}
	return len(chosen) == 0 && name != needsAHand
}

func main() {
	if len(os.Args) < 2 {
		fmt.Fprintln(os.Stderr, "usage: interop NAMESERVER [SCENARIO...]")
		os.Exit(2)
	}
	nameserver, chosen := os.Args[1], os.Args[2:]
	// The client tells of each pull otherwise.
	level := os.Getenv("ROCKETMQ_GO_LOG_LEVEL")
	if level == "" {
		level = "fatal"
	}
	rlog.SetLogLevel(level)
	if len(chosen) == 3 && (chosen[0] == "produce" || chosen[0] == "consume") {
		drill(nameserver, chosen[0], chosen[1], chosen[2])
		return
	}

	var running sync.WaitGroup
	slots := make(chan struct{}, atOnce)
	for _, s := range scenarios {
		if !isChosen(s.name, chosen) {
			continue
		}
		running.Add(1)
		slots <- struct{}{}
		go func(s scenario) {
			defer running.Done()
			run(s, nameserver)
			<-slots
		}(s)
	}
	running.Wait()
}
