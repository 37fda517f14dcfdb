#pragma once

#include <concepts>
#include <memory>
#include <optional>
#include <string_view>
#include <type_traits>

namespace apogee::core {

/// How a filter asks for a property of the message at hand: a reference to a
/// callable that takes a name and returns the value, or nothing where the
/// message has no such property. It owns nothing and is meant as a parameter:
/// the callable, and the text it returns, outlive the call it is passed to.
///
/// Beside the user's properties it has to answer to the names that RocketMQ
/// keeps among them: "TAGS" (the tag; nothing for a message without one) and
/// "KEYS" (the keys, joined by blanks).
class property_lookup {
public:
  template <class Callable>

  requires(!std::same_as<std::remove_cvref_t<Callable>, property_lookup>)
    property_lookup(Callable&& callable)
    : callable_(std::addressof(callable)),
      call_([](const void* target,
               std::string_view name) -> std::optional<std::string_view> {
        using type = std::remove_reference_t<Callable>;
        return (*static_cast<const type*>(target))(name);
      }) {}

  std::optional<std::string_view> operator()(std::string_view name) const {
    return call_(callable_, name);
  }

private:
  const void* callable_;
  std::optional<std::string_view> (*call_)(const void*, std::string_view);
};

} // namespace apogee::core
