#include "nodes/cli/supervision_text.hpp"

#include "nodes/cli/quantity_text.hpp"
#include "nodes/cli/table.hpp"
#include "nodes/cli/time_text.hpp"

#include <fmt/format.h>
#include <string_view>

namespace apogee::cli {

namespace {

std::string_view parent_of(std::string_view path) {
  const auto slash = path.rfind('/');
  return slash == std::string_view::npos ? std::string_view{}
                                         : path.substr(0, slash);
}

bool has_later_sibling(const std::vector<tree_line>& actors, std::size_t of,
                       std::string_view path) {
  for (auto i = of + 1; i < actors.size(); ++i)
    if (parent_of(actors[i].path) == parent_of(path))
      return true;
  return false;
}

/// "│  ├─ name".
std::string branch(const std::vector<tree_line>& actors, std::size_t index) {
  const std::string_view path = actors[index].path;
  const auto parent = parent_of(path);
  const auto name = parent.empty() ? path : path.substr(parent.size() + 1);
  if (parent.empty())
    return std::string{name};
  std::string out = has_later_sibling(actors, index, path) ? "├─ " : "└─ ";
  for (auto ancestor = parent; !parent_of(ancestor).empty();
       ancestor = parent_of(ancestor))
    out.insert(0, has_later_sibling(actors, index, ancestor) ? "│  " : "   ");
  return out.append(name);
}

/// Control characters would let a reason break the line or the terminal.
std::string printable(std::string_view text) {
  std::string out;
  for (const char c : text)
    out += static_cast<unsigned char>(c) < 0x20 || c == 0x7f ? ' ' : c;
  return out;
}

} // namespace

std::string tree_text(const std::vector<tree_line>& actors,
                      std::int64_t now_ms) {
  using side = text_table::side;
  text_table table{{{"ACTOR"},
                    {"STATE"},
                    {"RESTARTS", side::right},
                    {"UP FOR", side::right},
                    {"STRATEGY"}}};
  for (std::size_t i = 0; i < actors.size(); ++i) {
    const auto& actor = actors[i];
    if (actor.kind == "more") {
      table.add({branch(actors, i), actor.state});
      continue;
    }
    const bool is_up = actor.state == "running" && actor.since_ms > 0;
    table.add({branch(actors, i), actor.state, std::to_string(actor.restarts),
               is_up ? duration_text(now_ms - actor.since_ms) : "-",
               actor.strategy});
  }
  return table.text();
}

std::string event_text(const event_line& event) {
  auto out = fmt::format("{}  {:<8}  {}", format_time(event.time_ms),
                         event.event, event.path);
  if (!event.reason.empty())
    out += ": " + printable(event.reason);
  if (event.restarts > 0)
    out += fmt::format(" (restarts in the window: {})", event.restarts);
  if (!event.decision.empty())
    out += " -> " + printable(event.decision);
  return out;
}

} // namespace apogee::cli
