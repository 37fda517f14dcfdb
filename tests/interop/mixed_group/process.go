package main

import (
	"bufio"
	"fmt"
	"os/exec"
	"sync"
	"time"
)

// member is a process that is killed and started again; each life of it is a
// member of the group of its own.
type member struct {
	name    string
	command []string
	mutex   sync.Mutex
	life    int
	process *exec.Cmd
}

func (m *member) id() string { return fmt.Sprintf("%s#%d", m.name, m.life) }

func (m *member) start(to *log) error {
	m.mutex.Lock()
	defer m.mutex.Unlock()
	m.life++
	m.process = exec.Command(m.command[0], m.command[1:]...)
	output, err := m.process.StdoutPipe()
	if err != nil {
		return err
	}
	if err = m.process.Start(); err != nil {
		return err
	}
	id := m.id()
	go func() {
		for lines := bufio.NewScanner(output); lines.Scan(); {
			var queue int
			var offset int64
			var body string
			if n, _ := fmt.Sscanf(lines.Text(), "got %d %d %s", &queue, &offset, &body); n == 3 {
				to.consumed(event{time.Now(), id, queue, offset, body})
			}
		}
	}()
	return nil
}

func (m *member) kill() {
	m.mutex.Lock()
	defer m.mutex.Unlock()
	if m.process != nil {
		_ = m.process.Process.Kill()
		_ = m.process.Wait()
		m.process = nil
	}
}
