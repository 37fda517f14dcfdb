#include "actors/core/subscription_filter.hpp"

#include "actors/core/sql_filter_value.hpp"
#include "messages/record.hpp"

#include <algorithm>
#include <functional>
#include <utility>

namespace apogee::core {

namespace {

template <class Value>
void make_set(std::vector<Value>& values) {
  std::sort(values.begin(), values.end());
  values.erase(std::unique(values.begin(), values.end()), values.end());
}

} // namespace

result<expression_type> expression_type_of(std::string_view name) {
  if (name.empty() || name == "TAG")
    return expression_type::tag;
  if (name == "SQL92")
    return expression_type::sql92;
  return {errc::not_supported, "filters are of type TAG or SQL92, not '"
                                 + std::string{name.substr(0, 40)} + "'"};
}

result<subscription_filter::pointer>
subscription_filter::parse(expression_type type, std::string_view text) {
  if (everything()->is(type, text))
    return everything();
  std::shared_ptr<subscription_filter> filter{
    new subscription_filter{type, text}};
  if (type == expression_type::sql92) {
    auto sql = sql_filter::compile(text);
    if (!sql)
      return failure{sql.error().code,
                     "the SQL92 filter is refused: " + sql.error().text};
    filter->sql_ = std::move(*sql);
  } else if (auto parsed = filter->parse_tags(); !parsed) {
    return parsed.error();
  }
  return pointer{std::move(filter)};
}

const subscription_filter::pointer& subscription_filter::everything() {
  static const pointer filter{
    new subscription_filter{expression_type::tag, "*"}};
  return filter;
}

bool subscription_filter::may_match(std::uint32_t tag_hash) const {
  return tags_.empty()
         || std::binary_search(tag_hashes_.begin(), tag_hashes_.end(),
                               tag_hash);
}

bool subscription_filter::matches(property_lookup lookup) const {
  if (sql_)
    return sql_->matches(lookup);
  if (tags_.empty())
    return true;
  const auto tag = lookup("TAGS");
  return tag
         && std::binary_search(tags_.begin(), tags_.end(), *tag, std::less<>{});
}

result<void> subscription_filter::parse_tags() {
  if (text_.size() > tags_bytes_max)
    return {errc::invalid_argument,
            "the list of tags has " + std::to_string(text_.size())
              + " bytes; at most " + std::to_string(tags_bytes_max)
              + " are allowed"};
  std::string_view rest = text_;
  while (!rest.empty()) {
    const auto bar = std::min(rest.find("||"), rest.size());
    const auto tag = java_trimmed(rest.substr(0, bar));
    if (!tag.empty())
      tags_.emplace_back(tag);
    rest.remove_prefix(std::min(bar + 2, rest.size()));
  }
  if (tags_.empty())
    return {errc::invalid_argument,
            "the list of tags names none: write A || B, or * for everything"};
  make_set(tags_);
  for (const auto& tag : tags_)
    tag_hashes_.push_back(tag_hash(tag));
  make_set(tag_hashes_);
  return {};
}

} // namespace apogee::core
