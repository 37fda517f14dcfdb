#include "tests/drills/load.hpp"

#include "tests/support/process.hpp"

#include <utility>

namespace apogee::drills {

namespace {

client::producer_settings settings_of(const load_options& options) {
  client::producer_settings out;
  out.nameservers = options.nameservers;
  out.ack = options.ack;
  out.send_timeout = options.send_timeout;
  return out;
}

} // namespace

verifying_producer::verifying_producer(caf::actor_system& system,
                                       load_options options,
                                       send_journal& journal)
  : options_(std::move(options)), journal_(journal),
    producer_(client::spawn_producer(system, settings_of(options_))),
    thread_([this] { run(); }) {}

verifying_producer::~verifying_producer() {
  finish();
  producer_.stop();
}

bool verifying_producer::finish() {
  is_ending_ = true;
  if (thread_.joinable())
    thread_.join();
  return eventually([this] { return unanswered_ == 0; },
                    options_.send_timeout + patience);
}

void verifying_producer::run() {
  for (std::uint32_t sequence = 0; !is_ending_; ++sequence) {
    while (unanswered_ >= options_.in_flight && !is_ending_)
      std::this_thread::sleep_for(std::chrono::microseconds{100});
    const message_name name{options_.number, sequence};
    client::message message;
    message.topic = options_.topic;
    message.body = make_body(name);
    ++unanswered_;
    journal_.begin(name);
    producer_.send_async(message,
                         [this, name](const result<client::receipt>& answer) {
                           journal_.end(name, answer);
                           --unanswered_;
                         });
    std::this_thread::sleep_for(options_.pause);
  }
}

} // namespace apogee::drills
