// mixed_group lets members of all kinds share the queues of one topic under
// load, kills one after the other, and checks what they were given.
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"time"

	"github.com/apache/rocketmq-client-go/v2"
	"github.com/apache/rocketmq-client-go/v2/primitive"
	"github.com/apache/rocketmq-client-go/v2/producer"
	"github.com/apache/rocketmq-client-go/v2/rlog"
)

const (
	queues     = 8
	sendEvery  = 5 * time.Millisecond
	settleTime = 2 * time.Minute
)

// pace: how often a member is killed, and how long afterwards it is back, which
// moves queues again: only when those of the killed one have changed hands.
type pace struct{ killEvery, restartIn time.Duration }

func paceOf(ordered bool) pace {
	if ordered {
		return pace{8 * time.Second, handoverMax + goLockPause + 500*time.Millisecond}
	}
	return pace{4 * time.Second, handoverMax + 500*time.Millisecond}
}

func main() {
	if len(os.Args) > 1 && os.Args[1] == "member" {
		fail(beMember(os.Args[2], os.Args[3], os.Args[4], len(os.Args) > 5))
	}
	java := flag.String("java", "", "class path of the Java member")
	program := flag.String("native", "", "program of the native member; none: there is none")
	broker := flag.String("broker", "", "address of the broker")
	address := flag.String("address", "", "native address of the node")
	topic := flag.String("topic", "", "a new topic of eight queues")
	lasts := flag.Duration("for", 5*time.Minute, "how long members are killed")
	ordered := flag.Bool("ordered", false, "consume in order")
	flag.Parse()
	nameserver := flag.Arg(0)
	rlog.SetLogLevel("fatal")

	group := *topic + "-readers"
	self, err := os.Executable()
	fail(err)
	line := func(address string, program ...string) []string {
		all := append(program, address, group, *topic)
		if *ordered {
			all = append(all, "ordered")
		}
		return all
	}
	javaMember := []string{"java", "-Xmx64m", "-cp", *java, "Member"}
	log := newLog(queues)
	members := []*member{
		{name: "java-1", command: line(nameserver, javaMember...)},
		{name: "java-2", command: line(nameserver, javaMember...)},
		{name: "go", command: line(nameserver, self, "member")},
	}
	if *program != "" {
		members = append(members, &member{name: "native", command: line(*address, *program, "member")})
	}
	killAll = func() {
		for _, m := range members {
			m.kill()
		}
	}
	defer killAll()
	for _, m := range members {
		fail(m.start(log))
	}

	stop := make(chan struct{})
	sent := make(chan []string, 1)
	go func() { sent <- produce(nameserver, *topic, stop) }()
	go watchOffsets(*broker, group, *topic, log, stop)

	fail(eventually(settleTime, func() bool { return log.everybodyWorks(members) }, "every member has a queue"))
	pace := paceOf(*ordered)
	begin := time.Now()
	for round := 0; time.Since(begin) < *lasts; round++ {
		time.Sleep(pace.killEvery - pace.restartIn)
		m := members[round%len(members)]
		log.killed(m)
		time.Sleep(pace.restartIn)
		fail(m.start(log))
	}
	time.Sleep(pace.killEvery)
	close(stop)
	bodies := <-sent
	_ = eventually(settleTime, func() bool { return len(log.missing(bodies)) == 0 }, "all is consumed")
	if !log.verdict(bodies, *ordered) {
		killAll()
		os.Exit(1)
	}
}

// produce sends until it is stopped, and returns what was acknowledged.
func produce(nameserver, topic string, stop <-chan struct{}) (sent []string) {
	made, err := rocketmq.NewProducer(
		producer.WithNameServer([]string{nameserver}),
		producer.WithGroupName("writers"),
		producer.WithQueueSelector(producer.NewRoundRobinQueueSelector()))
	fail(err)
	fail(made.Start())
	defer func() { _ = made.Shutdown() }()
	for count := 0; ; count++ {
		select {
		case <-stop:
			return
		case <-time.After(sendEvery):
		}
		body := fmt.Sprintf("m%d", count)
		receipt, err := made.SendSync(context.Background(), primitive.NewMessage(topic, []byte(body)))
		if err == nil && receipt.Status == primitive.SendOK {
			sent = append(sent, body)
		}
	}
}

// watchOffsets writes down how far the group has come, ten times a second.
func watchOffsets(broker, group, topic string, log *log, stop <-chan struct{}) {
	link, err := connect(broker)
	fail(err)
	for {
		for queue := 0; queue < queues; queue++ {
			asked := time.Now()
			if offset, err := link.committed(group, topic, queue); err == nil {
				log.committed(queue, asked, offset)
			}
		}
		select {
		case <-stop:
			return
		case <-time.After(100 * time.Millisecond):
		}
	}
}

func eventually(limit time.Duration, condition func() bool, what string) error {
	for deadline := time.Now().Add(limit); time.Now().Before(deadline); time.Sleep(20 * time.Millisecond) {
		if condition() {
			return nil
		}
	}
	return fmt.Errorf("not within %v: %s", limit, what)
}

// killAll leaves no member behind, however the program ends.
var killAll = func() {}

func fail(err error) {
	if err != nil {
		fmt.Println("FAIL", err)
		killAll()
		os.Exit(1)
	}
}
