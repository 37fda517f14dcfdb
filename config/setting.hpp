#pragma once

#include "config/ini.hpp"
#include "config/settings.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

/// One setting as the loader, `apogee config` and the sample files see it: its
/// words, and where its value lives.
namespace apogee::config {

enum class setting_kind { text, number, duration, size, flag, list };

/// "text", "number", "duration", …
std::string_view to_string(setting_kind kind);

/// All there is to tell people about a setting. Values are written as in a
/// file: 10911, 250ms, "64MiB", true, "text", ["a", "b"].
struct setting_words {
  std::string section;
  std::string key;
  setting_kind kind = setting_kind::text;
  std::string sentence;
  std::string unset;  ///< the default
  std::string value;  ///< the value in force
  std::string origin; ///< "default", "broker.ini:12" or "command line"
  std::string low;    ///< empty when there are no bounds
  std::string high;
  /// What a legal value looks like: `a duration like 250ms or 10s between 50ms
  /// and 60s`.
  std::string expected;
};

/// A setting bound to a member of a configuration, which must outlive it.
struct setting {
  using member_pointer =
    std::variant<std::string*, std::uint16_t*, std::uint32_t*, std::uint64_t*,
                 milliseconds*, bool*, std::vector<std::string>*>;

  setting_words words;
  member_pointer member;
  text_rule rule = text_rule::any;
  std::vector<std::string> choices; ///< of a text; empty: any that obeys
  /// Bounds of numbers, of sizes in bytes, of durations in milliseconds.
  std::uint64_t low = 0;
  std::uint64_t high = 0;

  /// Sets the member from a file's value. Otherwise tells what is wrong, in
  /// the form `expected …, got …`, and leaves the member as it was.
  std::optional<std::string> assign(const ini_value& value);

  /// The same from the command line, where quotes may be left out and a list
  /// may be written `a,b`.
  std::optional<std::string> assign_argument(std::string_view text);

  /// The member's value as it is written in a file.
  std::string written() const;
};

/// Completes `words` of a setting whose member, rule and bounds are set.
void fill_words(setting& s);

/// Collects what `describe` of a configuration says, bound to its members.
class setting_collector {
public:
  template <class Settings>
  void section(std::string name, Settings& settings) {
    section_ = std::move(name);
    Settings::describe(*this, settings);
  }

  void text(std::string key, std::string& member, std::string sentence,
            text_rule rule = text_rule::any) {
    add(std::move(key), setting_kind::text, &member, std::move(sentence), 0, 0,
        rule);
  }

  /// A text that is one of these.
  void choice(std::string key, std::string& member,
              std::vector<std::string> choices, std::string sentence) {
    add(std::move(key), setting_kind::text, &member, std::move(sentence), 0, 0,
        text_rule::any, std::move(choices));
  }

  template <class T>
  void number(std::string key, T& member, bounds<T> legal,
              std::string sentence) {
    add(std::move(key), setting_kind::number, &member, std::move(sentence),
        legal.low, legal.high);
  }

  void duration(std::string key, milliseconds& member,
                bounds<milliseconds> legal, std::string sentence) {
    add(std::move(key), setting_kind::duration, &member, std::move(sentence),
        static_cast<std::uint64_t>(legal.low.count()),
        static_cast<std::uint64_t>(legal.high.count()));
  }

  void size(std::string key, std::uint64_t& member, bounds<std::uint64_t> legal,
            std::string sentence) {
    add(std::move(key), setting_kind::size, &member, std::move(sentence),
        legal.low, legal.high);
  }

  void flag(std::string key, bool& member, std::string sentence) {
    add(std::move(key), setting_kind::flag, &member, std::move(sentence));
  }

  void list(std::string key, std::vector<std::string>& member,
            std::string sentence, text_rule rule = text_rule::any) {
    add(std::move(key), setting_kind::list, &member, std::move(sentence), 0, 0,
        rule);
  }

  std::vector<setting> take() { return std::move(settings_); }

private:
  void add(std::string key, setting_kind kind, setting::member_pointer member,
           std::string sentence, std::uint64_t low = 0, std::uint64_t high = 0,
           text_rule rule = text_rule::any,
           std::vector<std::string> choices = {});

  std::string section_;
  std::vector<setting> settings_;
};

/// Every setting of `config`, in the order of the sample files. Its present
/// values are taken for the defaults.
template <class Config>
std::vector<setting> settings_of(Config& config) {
  setting_collector collector;
  Config::describe(collector, config);
  return collector.take();
}

} // namespace apogee::config
