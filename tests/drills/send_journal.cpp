#include "tests/drills/send_journal.hpp"

#include <algorithm>
#include <charconv>

namespace apogee::drills {

namespace {

constexpr std::size_t findings_max = 20;

std::string to_text(const queue_place& place) {
  return place.topic + "/" + std::to_string(place.queue) + "@"
         + std::to_string(place.offset);
}

std::string to_text(message_name name) {
  return std::to_string(name.producer) + ":" + std::to_string(name.sequence);
}

void add(std::vector<std::string>& findings, std::string text) {
  if (findings.size() < findings_max)
    findings.push_back(std::move(text));
}

} // namespace

std::string make_body(message_name name) {
  auto body = to_text(name) + ":";
  const auto size = 40 + (name.sequence * 37u + name.producer * 11u) % 1500;
  char letter = static_cast<char>('a' + name.sequence % 26);
  while (body.size() < size) {
    body.push_back(letter);
    letter = letter == 'z' ? 'a' : static_cast<char>(letter + 1);
  }
  return body;
}

std::optional<message_name> read_body(std::string_view body) {
  message_name name;
  const auto* const end = body.data() + body.size();
  auto at = std::from_chars(body.data(), end, name.producer);
  if (at.ec != std::errc{} || at.ptr == end)
    return std::nullopt;
  at = std::from_chars(at.ptr + 1, end, name.sequence);
  if (at.ec != std::errc{} || make_body(name) != body)
    return std::nullopt;
  return name;
}

void send_journal::begin(message_name name) {
  std::lock_guard guard{mutex_};
  fates_[name].begun = ++clock_;
}

void send_journal::end(message_name name,
                       const result<client::receipt>& answer) {
  std::lock_guard guard{mutex_};
  auto& sent = fates_[name];
  sent.ended = ++clock_;
  if (!answer) {
    ++failures_[std::string{to_string(answer.error().code)}];
    return;
  }
  ++acknowledged_;
  sent.place = {answer->topic, answer->queue, answer->offset.value};
  sent.attempts = answer->attempts;
}

void send_journal::seen(const queue_place& place, std::string_view body) {
  std::lock_guard guard{mutex_};
  const auto [at, is_new] = seen_.emplace(place, body);
  if (!is_new && at->second != body)
    seen_twice_different_.push_back(to_text(place));
}

std::uint64_t send_journal::acknowledged() const {
  std::lock_guard guard{mutex_};
  return acknowledged_;
}

std::uint64_t send_journal::failed() const {
  std::lock_guard guard{mutex_};
  std::uint64_t out = 0;
  for (const auto& [text, count] : failures_)
    out += count;
  return out;
}

std::uint64_t send_journal::seen_count() const {
  std::lock_guard guard{mutex_};
  return seen_.size();
}

bool send_journal::is_seen(message_name name) const {
  std::lock_guard guard{mutex_};
  const auto sent = fates_.find(name);
  return sent != fates_.end() && sent->second.place
         && seen_.contains(*sent->second.place);
}

std::map<std::string, std::uint64_t> send_journal::failures() const {
  std::lock_guard guard{mutex_};
  return failures_;
}

send_journal::verdict
send_journal::judge(const std::map<queue_place, std::string>& stored) const {
  std::lock_guard guard{mutex_};
  verdict out;
  out.sent = fates_.size();
  out.acknowledged = acknowledged_;
  out.unanswered = fates_.size() - acknowledged_;
  out.stored = stored.size();
  out.seen = seen_.size();
  std::map<message_name, std::uint32_t> copies;
  // Of the queue so far, the message that was sent last: no message behind it
  // may have been acknowledged before that.
  std::pair<std::string, std::uint32_t> queue;
  std::uint64_t last_begun = 0;
  for (const auto& [place, body] : stored) {
    if (std::pair{place.topic, place.queue} != queue) {
      queue = {place.topic, place.queue};
      last_begun = 0;
    }
    if (!seen_.contains(place))
      ++out.skipped;
    const auto name = read_body(body);
    const auto found = name ? fates_.find(*name) : fates_.end();
    if (found == fates_.end()) {
      ++out.phantoms;
      add(out.findings, "nobody sent what is at " + to_text(place));
      continue;
    }
    ++copies[*name];
    const auto& f = found->second;
    if (f.place == place && f.ended < last_begun) {
      ++out.order_broken;
      add(out.findings, to_text(*name) + " at " + to_text(place)
                          + " stands behind one sent after its answer");
    }
    last_begun = std::max(last_begun, f.begun);
  }
  for (const auto& [name, f] : fates_) {
    if (f.place) {
      const auto at = stored.find(*f.place);
      if (at == stored.end() || at->second != make_body(name)) {
        ++out.missing;
        add(out.findings,
            to_text(name) + " was acknowledged at " + to_text(*f.place) + ": "
              + (at == stored.end() ? "nothing is there" : "another is there"));
      }
    }
    const auto count = copies.find(name);
    if (count == copies.end() || count->second < 2)
      continue;
    out.duplicates += count->second - 1;
    if (f.place && f.attempts < 2) {
      out.duplicates_unexplained += count->second - 1;
      add(out.findings, to_text(name) + " was sent once and is there "
                          + std::to_string(count->second) + " times");
    }
  }
  for (const auto& [place, body] : seen_) {
    const auto at = stored.find(place);
    if (at != stored.end() && at->second == body)
      continue;
    ++out.phantoms;
    add(out.findings,
        "a consumer saw at " + to_text(place) + " what is not there now");
  }
  out.phantoms += seen_twice_different_.size();
  for (const auto& place : seen_twice_different_)
    add(out.findings, "a consumer saw two different messages at " + place);
  return out;
}

std::string to_string(const send_journal::verdict& v) {
  std::string out =
    "sent " + std::to_string(v.sent) + ", acknowledged "
    + std::to_string(v.acknowledged) + ", failed "
    + std::to_string(v.unanswered) + ", stored " + std::to_string(v.stored)
    + ", consumed " + std::to_string(v.seen) + "; missing "
    + std::to_string(v.missing) + ", phantom " + std::to_string(v.phantoms)
    + ", order broken " + std::to_string(v.order_broken) + ", duplicates "
    + std::to_string(v.duplicates) + " (unexplained "
    + std::to_string(v.duplicates_unexplained) + "), not consumed "
    + std::to_string(v.skipped);
  for (const auto& finding : v.findings)
    out += "\n  " + finding;
  return out;
}

} // namespace apogee::drills
