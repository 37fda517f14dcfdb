#include "tests/drills/example_programs.hpp"

#include <chrono>
#include <csignal>
#include <fcntl.h>
#include <sstream>
#include <sys/stat.h>
#include <unistd.h>

namespace apogee::drills {

namespace {

using namespace std::chrono_literals;

/// Whole lines only: the last one may still be on its way.
std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> out;
  std::istringstream in{text};
  for (std::string line; std::getline(in, line) && !in.eof();)
    out.push_back(line);
  return out;
}

} // namespace

// -- the producer -------------------------------------------------------------

example_producer::example_producer(const std::string& topic,
                                   const std::string& nameserver) {
  const auto input = folder_.path() + "/input";
  mkfifo(input.c_str(), 0600);
  // Also for reading, so that opening it does not wait for the program.
  input_ = open(input.c_str(), O_RDWR | O_CLOEXEC);
  process::surroundings around;
  around.input = input;
  process_ = std::make_unique<process>(
    std::vector<std::string>{program_path("example_producer"), topic,
                             nameserver},
    around);
  feeder_ = std::thread{[this] { feed(); }};
}

example_producer::~example_producer() {
  finish();
}

std::string example_producer::line(std::size_t number) {
  return "line-" + std::to_string(number);
}

void example_producer::feed() {
  while (!is_ending_) {
    const auto text = line(written_) + "\n";
    if (write(input_, text.data(), text.size())
        != static_cast<ssize_t>(text.size()))
      return;
    ++written_;
    std::this_thread::sleep_for(1ms);
  }
}

int example_producer::finish() {
  is_ending_ = true;
  if (feeder_.joinable()) {
    feeder_.join();
    close(input_);
  }
  return process_->wait(30s).value_or(-1);
}

std::string example_producer::summary() const {
  const auto lines = lines_of(process_->output());
  return lines.empty() ? "" : lines.back();
}

std::set<std::string> example_producer::refused() const {
  constexpr std::string_view begin = "not stored: ";
  std::set<std::string> out;
  for (const auto& text : lines_of(process_->error_output()))
    if (text.starts_with(begin))
      out.insert(
        text.substr(begin.size(), text.find(':', begin.size()) - begin.size()));
  return out;
}

// -- the consumer -------------------------------------------------------------

example_consumer::example_consumer(const std::string& topic,
                                   const std::string& group,
                                   const std::string& nameserver)
  : process_({program_path("example_consumer"), topic, group, nameserver}) {}

std::set<std::string> example_consumer::received() const {
  const auto lines = lines_of(process_.output());
  return {lines.begin(), lines.end()};
}

int example_consumer::stop() {
  process_.signal(SIGTERM);
  return process_.wait(20s).value_or(-1);
}

} // namespace apogee::drills
