package main

import (
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/apache/rocketmq-client-go/v2/consumer"
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
