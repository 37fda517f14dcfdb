#include "actors/supervision/supervision_log.hpp"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdio>
#include <ctime>
#include <filesystem>
#include <spdlog/async_logger.h>
#include <spdlog/details/thread_pool.h>
#include <spdlog/sinks/rotating_file_sink.h>
#include <spdlog/sinks/stdout_sinks.h>
#include <utility>

namespace apogee::supervision {

namespace {

/// Lines that wait for the disk; then the oldest are lost.
constexpr std::size_t queued_lines_max = 512;

/// Longest reason or decision in an event; the rest is cut.
constexpr std::size_t text_size_max = 2000;

std::string utc_time(std::int64_t time_ms) {
  const auto seconds = static_cast<std::time_t>(time_ms / 1000);
  std::tm parts{};
  gmtime_r(&seconds, &parts);
  char text[40];
  const auto size =
    std::strftime(text, sizeof(text), "%Y-%m-%dT%H:%M:%S", &parts);
  std::snprintf(text + size, sizeof(text) - size, ".%03dZ",
                static_cast<int>(time_ms % 1000));
  return text;
}

void append_quoted(std::string& out, std::string_view text) {
  out += '"';
  for (const char c : text) {
    if (c == '"' || c == '\\') {
      out += '\\';
      out += c;
    } else if (c == '\n') {
      out += "\\n";
    } else if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) {
      out += ' ';
    } else {
      out += c;
    }
  }
  out += '"';
}

} // namespace

std::string_view to_string(event_kind kind) {
  switch (kind) {
  case event_kind::start:
    return "start";
  case event_kind::crash:
    return "crash";
  case event_kind::restart:
    return "restart";
  case event_kind::escalate:
    return "escalate";
  case event_kind::stop:
    return "stop";
  case event_kind::give_up:
    return "give-up";
  }
  return "unknown";
}

std::string format_line(const supervision_event& event) {
  std::string line = "time=" + utc_time(event.time_ms);
  line.append(" node=").append(event.node);
  line.append(" path=").append(event.path);
  line.append(" event=").append(to_string(event.kind));
  append_quoted(line.append(" reason="), event.reason);
  line.append(" restarts=").append(std::to_string(event.restarts));
  line.append("/").append(std::to_string(event.restarts_max));
  append_quoted(line.append(" decision="), event.decision);
  return line;
}

supervision_log_options log_options(const std::string& node,
                                    const config::supervision_settings& from,
                                    const std::string& folder) {
  supervision_log_options out;
  out.node = node;
  if (!from.log.empty())
    out.file = (std::filesystem::path{folder} / from.log).string();
  out.file_size_max = from.log_size;
  out.files = from.log_files;
  out.console = from.log_to_console;
  return out;
}

/// The thread that writes, and what it writes to.
struct supervision_log::sinks {
  explicit sinks(const std::vector<spdlog::sink_ptr>& outputs)
    : pool(
      std::make_shared<spdlog::details::thread_pool>(queued_lines_max, 1u)),
      logger(std::make_shared<spdlog::async_logger>(
        "supervision", outputs.begin(), outputs.end(), pool,
        spdlog::async_overflow_policy::overrun_oldest)) {
    logger->set_pattern("%v");
    logger->flush_on(spdlog::level::trace);
  }

  std::shared_ptr<spdlog::details::thread_pool> pool;
  std::shared_ptr<spdlog::async_logger> logger;
  std::atomic<std::uint64_t> failed = 0;
};

supervision_log::supervision_log(supervision_log_options options)
  : options_(std::move(options)) {
  if (!options_.now_ms)
    options_.now_ms = [] {
      using namespace std::chrono;
      return duration_cast<milliseconds>(system_clock::now().time_since_epoch())
        .count();
    };
  std::vector<spdlog::sink_ptr> outputs;
  if (options_.console)
    outputs.push_back(std::make_shared<spdlog::sinks::stderr_sink_mt>());
  if (!options_.file.empty()) {
    try {
      outputs.push_back(std::make_shared<spdlog::sinks::rotating_file_sink_mt>(
        options_.file, options_.file_size_max,
        std::max(options_.files, 1u) - 1));
    } catch (const std::exception& e) {
      std::fprintf(stderr,
                   "the supervision log cannot be written to a file; the node "
                   "goes on without: %s\n",
                   e.what());
    }
  }
  if (outputs.empty())
    return;
  sinks_ = std::make_unique<sinks>(outputs);
  auto* failed = &sinks_->failed;
  sinks_->logger->set_error_handler([failed](const std::string& what) {
    if (failed->fetch_add(1) == 0)
      std::fprintf(stderr, "lines of the supervision log are lost: %s\n",
                   what.c_str());
  });
}

supervision_log::~supervision_log() {
  if (!sinks_)
    return;
  // The pool's thread writes what is queued, then ends; it may still report
  // failures to `sinks_`.
  sinks_->pool.reset();
}

void supervision_log::write(supervision_event event) {
  event.reason.resize(std::min(event.reason.size(), text_size_max));
  event.decision.resize(std::min(event.decision.size(), text_size_max));
  event.node = options_.node;
  std::lock_guard lock{mutex_};
  event.time_ms = options_.now_ms();
  event.sequence = ++last_sequence_;
  if (sinks_)
    sinks_->logger->log(spdlog::level::info,
                        spdlog::string_view_t{format_line(event)});
  events_.push_back(std::move(event));
  if (events_.size() > options_.events_max)
    events_.pop_front();
}

std::vector<supervision_event>
supervision_log::events(std::uint64_t after_sequence,
                        std::size_t count_max) const {
  std::lock_guard lock{mutex_};
  const auto newer =
    after_sequence >= last_sequence_ ? 0 : last_sequence_ - after_sequence;
  const auto count =
    std::min({static_cast<std::size_t>(newer), count_max, events_.size()});
  return {events_.end() - static_cast<std::ptrdiff_t>(count), events_.end()};
}

std::uint64_t supervision_log::lines_lost() const {
  return sinks_ ? sinks_->failed.load() + sinks_->pool->overrun_counter() : 0;
}

std::int64_t supervision_log::now_ms() const {
  return options_.now_ms();
}

} // namespace apogee::supervision
