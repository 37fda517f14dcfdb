package main

import (
	"fmt"
	"sort"
	"strings"
	"sync"
	"time"
)

const (
	// A queue of a killed member is read by another one within this time.
	handoverMax = time.Second
	// Go's ordered consumer adds a pause of its own: it pulls once before it
	// knows of the lock that it has just got, then waits (_PullDelayTimeWhenError
	// of its consumer.go), whatever the broker does.
	goLockPause = 3 * time.Second
	// An owner's first message comes at most so long after it was told where to
	// start.
	startMax = 2 * time.Second
	// Of a member that was killed, the queues it has read from lately.
	recent = 500 * time.Millisecond
)

// event: a member was given a message.
type event struct {
	at     time.Time
	member string
	queue  int
	offset int64
	body   string
}

type commit struct {
	at     time.Time
	offset int64
}

type death struct {
	at     time.Time
	member string
	queues []int
}

// log is what happened, in the order in which it was seen.
type log struct {
	mutex   sync.Mutex
	events  [][]event // by queue
	commits [][]commit
	deaths  []death
	bodies  map[string]int
}

func newLog(queues int) *log {
	return &log{events: make([][]event, queues), commits: make([][]commit, queues), bodies: map[string]int{}}
}

func (l *log) consumed(e event) {
	l.mutex.Lock()
	defer l.mutex.Unlock()
	l.events[e.queue] = append(l.events[e.queue], e)
	l.bodies[e.body]++
}

func (l *log) committed(queue int, at time.Time, offset int64) {
	l.mutex.Lock()
	defer l.mutex.Unlock()
	l.commits[queue] = append(l.commits[queue], commit{at, offset})
}

// killed kills the member and notes what it was reading.
func (l *log) killed(m *member) {
	id := m.id()
	now := time.Now()
	m.kill()
	l.mutex.Lock()
	defer l.mutex.Unlock()
	var own []int
	for queue, events := range l.events {
		if n := len(events); n > 0 && events[n-1].member == id && now.Sub(events[n-1].at) < recent {
			own = append(own, queue)
		}
	}
	l.deaths = append(l.deaths, death{now, id, own})
}

func (l *log) everybodyWorks(members []*member) bool {
	l.mutex.Lock()
	defer l.mutex.Unlock()
	working := map[string]bool{}
	for _, events := range l.events {
		if n := len(events); n > 0 {
			working[events[n-1].member] = true
		}
	}
	for _, m := range members {
		if !working[m.id()] {
			return false
		}
	}
	return true
}

func (l *log) missing(sent []string) (missing []string) {
	l.mutex.Lock()
	defer l.mutex.Unlock()
	for _, body := range sent {
		if l.bodies[body] == 0 {
			missing = append(missing, body)
		}
	}
	return missing
}

// handover: how long a queue of a dead member went unread.
type handover struct {
	took time.Duration // -1: for ever
	late bool
}

// handovers by what kind of member came next.
func (l *log) handovers(ordered bool) map[string][]handover {
	all := map[string][]handover{}
	for _, d := range l.deaths {
		for _, queue := range d.queues {
			h, next := handover{-1, true}, "nobody"
			for _, e := range l.events[queue] {
				if e.at.After(d.at) && e.member != d.member {
					h.took, next = e.at.Sub(d.at), kind(e.member)
					break
				}
			}
			limit := handoverMax
			if ordered && next == "go" {
				limit += goLockPause
			}
			h.late = h.took < 0 || h.took > limit
			all[next] = append(all[next], h)
			if h.late {
				fmt.Printf("queue %d of %s: read by %s after %v\n", queue, d.member, next, h.took)
			}
		}
	}
	return all
}

// kind of "java-2#5" is java.
func kind(member string) string {
	return strings.FieldsFunc(member, func(r rune) bool { return r == '-' || r == '#' })[0]
}

// tell prints the handovers and counts those that were late.
func tell(all map[string][]handover) (count, late int) {
	for next, some := range all {
		sort.Slice(some, func(i, j int) bool { return some[i].took < some[j].took })
		bad := 0
		for _, h := range some {
			if h.late {
				bad++
			}
		}
		fmt.Printf("%d queues went on to %s: median %v, longest %v, %d too late\n", len(some), next,
			some[len(some)/2].took.Round(time.Millisecond), some[len(some)-1].took.Round(time.Millisecond), bad)
		count, late = count+len(some), late+bad
	}
	return count, late
}

// recorded: the group had come at least so far at that time.
func (l *log) recorded(queue int, at time.Time) (offset int64) {
	for _, c := range l.commits[queue] {
		if c.at.After(at) {
			break
		}
		offset = c.offset
	}
	return offset
}

// duplicates counts messages that were given twice: those whose offset was not
// committed when the second owner started, and the others.
func (l *log) duplicates() (excused, others int) {
	for queue, events := range l.events {
		seen := map[int64]bool{}
		var owner string
		var since time.Time
		for _, e := range events {
			if e.member != owner {
				owner, since = e.member, e.at
			}
			if !seen[e.offset] {
				seen[e.offset] = true
			} else if l.recorded(queue, since.Add(-startMax)) <= e.offset {
				excused++
			} else {
				others++
				if others <= 10 {
					fmt.Printf("queue %d: %s was given %d again although it was committed\n", queue, e.member, e.offset)
				}
			}
		}
	}
	return excused, others
}

// disorder counts messages that were given before an earlier one of their
// queue, and those of a member that did not go on where it was.
func (l *log) disorder() (wrong int) {
	for queue, events := range l.events {
		next := int64(0)
		var owner string
		last := int64(-1)
		for i, e := range events {
			skips := e.offset > next && i > 0
			jumps := e.member == owner && e.offset != last+1
			if skips || jumps {
				wrong++
				if wrong <= 10 {
					fmt.Printf("queue %d: %s was given %d after %d of %s; the first not given was %d\n",
						queue, e.member, e.offset, last, owner, next)
				}
			}
			owner, last = e.member, e.offset
			if e.offset >= next {
				next = e.offset + 1
			}
		}
	}
	return wrong
}

// verdict prints the figures and tells whether all is well.
func (l *log) verdict(sent []string, ordered bool) bool {
	missing := l.missing(sent)
	l.mutex.Lock()
	defer l.mutex.Unlock()
	excused, others := l.duplicates()
	fmt.Printf("%d acknowledged, %d not consumed\n", len(sent), len(missing))
	fmt.Printf("%d twice before their offset was committed, %d after it\n", excused, others)
	fmt.Printf("%d kills\n", len(l.deaths))
	moves, late := tell(l.handovers(ordered))
	ok := len(missing) == 0 && others == 0 && late == 0 && moves > 0
	if ordered {
		wrong := l.disorder()
		fmt.Printf("%d out of order\n", wrong)
		ok = ok && wrong == 0
	}
	return ok
}
