#include "messages/remoting/field_reader.hpp"

namespace apogee::remoting {

bool parse_boolean(std::string_view text) {
  constexpr std::string_view yes = "true";
  if (text.size() != yes.size())
    return false;
  for (std::size_t i = 0; i < yes.size(); ++i)
    if ((text[i] | 0x20) != yes[i])
      return false;
  return true;
}

failure missing_field(std::string_view key) {
  return {errc::invalid_argument,
          "the custom field <" + std::string{key} + "> is null"};
}

failure not_a_number(std::string_view key) {
  return {errc::invalid_argument, "the custom field <" + std::string{key}
                                    + "> is not a number of its size"};
}

std::string_view field_reader::text(std::string_view key) {
  const auto found = from_.find(key);
  if (!found)
    fail(missing_field(key));
  return found.value_or(std::string_view{});
}

std::int32_t field_reader::int32(std::string_view key) {
  return integer<std::int32_t>(key);
}

std::int64_t field_reader::int64(std::string_view key) {
  return integer<std::int64_t>(key);
}

bool field_reader::boolean(std::string_view key) {
  return parse_boolean(text(key));
}

std::optional<std::string_view>
field_reader::optional_text(std::string_view key) const {
  return from_.find(key);
}

std::optional<std::int32_t> field_reader::optional_int32(std::string_view key) {
  return optional_integer<std::int32_t>(key);
}

std::optional<std::int64_t> field_reader::optional_int64(std::string_view key) {
  return optional_integer<std::int64_t>(key);
}

bool field_reader::boolean_or(std::string_view key, bool fallback) const {
  const auto found = from_.find(key);
  return found ? parse_boolean(*found) : fallback;
}

template <class T>
std::optional<T> field_reader::optional_integer(std::string_view key) {
  const auto found = from_.find(key);
  if (!found || found->empty())
    return std::nullopt;
  T number = 0;
  if (!parse_integer(*found, number)) {
    fail(not_a_number(key));
    return std::nullopt;
  }
  return number;
}

template <class T>
T field_reader::integer(std::string_view key) {
  const auto number = optional_integer<T>(key);
  if (!number)
    fail(missing_field(key)); // but for a wrong one, which came first
  return number.value_or(0);
}

void field_reader::fail(failure why) {
  if (outcome_)
    outcome_ = std::move(why);
}

} // namespace apogee::remoting
