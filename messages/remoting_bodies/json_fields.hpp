#pragma once

#include "messages/errors.hpp"
#include "messages/remoting_bodies/json_document.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

/// Reads a document into structs, as leniently as the original does: a field
/// that is missing or null keeps its value, numbers may be texts, texts may be
/// numbers, fields nobody asks for are passed over. What is of the wrong kind
/// is refused with the way to it: "consumerDataSet[1].groupName: …".
///
/// A struct takes part with a function `read(json_fields& in, T& out)`.
namespace apogee::remoting {

/// Where a value stands; lives on the stack of whoever descends.
struct json_place {
  const json_place* parent = nullptr;
  std::string_view name; ///< of a field; an element has an index instead
  std::size_t index = 0;
};

class json_fields;

/// One value on its way into a variable. The first problem of the document is
/// kept; the variable of a value with a problem is not touched.
class json_value {
public:
  json_value(const json_node& node, const json_place& place, failure& problem)
    : node_(node), place_(place), problem_(problem) {}

  void to(std::string& out) const;
  void to(bool& out) const;

  template <class T>
  requires std::is_integral_v<T>

  void to(T& out) const {
    static_assert(std::is_signed_v<T>);
    using limits = std::numeric_limits<T>;
    if (const auto number = whole_number(limits::min(), limits::max()))
      out = static_cast<T>(*number);
  }

  /// An enumeration: one of its names, or its place among them. Another name
  /// counts as none at all.
  template <class T, std::size_t count>
  void to(T& out, const std::array<std::string_view, count>& names) const {
    if (const auto index = index_of(names.data(), count))
      out = static_cast<T>(*index);
  }

  /// Nulls are left out.
  template <class T>
  void to(std::vector<T>& out) const {
    out.clear();
    each_element([&](const json_value& element) {
      T item{};
      element.to(item);
      out.push_back(std::move(item));
    });
  }

  template <class Key, class T>
  void to(std::map<Key, T>& out) const {
    out.clear();
    each_entry([&](const json_value& key, const json_value& value) {
      Key name;
      key.as_key(name);
      value.to(out[std::move(name)]);
    });
  }

  template <class T>
  void to(std::optional<T>& out) const {
    to(out.emplace());
  }

  /// A struct.
  template <class T>
  requires std::is_class_v<T>
  void to(T& out) const;

  /// Calls `use(element)` for the elements that are not null.
  template <class Use>
  void each_element(Use&& use) const {
    if (!is(json_kind::list))
      return;
    json_place place{&place_, {}, 0};
    for (const auto* x = first_in(node_); x != end_of(node_); x = end_of(*x)) {
      if (x->kind != json_kind::null)
        use(json_value{*x, place, problem_});
      if (has_problem())
        return;
      ++place.index;
    }
  }

  /// Calls `use(key, value)` for the entries of a map whose values are not
  /// null.
  template <class Use>
  void each_entry(Use&& use) const {
    if (!is(json_kind::map))
      return;
    json_place place{&place_, {}, 0};
    for (const auto* x = first_in(node_); x != end_of(node_);) {
      const auto* value = end_of(*x);
      if (value->kind != json_kind::null)
        use(json_value{*x, place, problem_},
            json_value{*value, place, problem_});
      if (has_problem())
        return;
      x = end_of(*value);
      ++place.index;
    }
  }

  const json_node& node() const { return node_; }

  bool has_problem() const { return problem_.code != errc::none; }

  /// Keeps the problem if it is the first.
  void fail(errc code, std::string_view what) const;

private:
  friend class json_fields;

  void as_key(std::string& out) const { out = node_.text; }

  /// A struct, {{"queueId":0}:5}, which some serializers put into a text:
  /// {"{\"queueId\":0}":5}.
  template <class T>
  void as_key(T& out) const;

  /// Fails when it is of another kind.
  bool is(json_kind wanted) const;
  void wants(std::string_view wanted) const;
  std::optional<std::int64_t> whole_number(std::int64_t lowest,
                                           std::int64_t highest) const;
  std::optional<std::size_t> index_of(const std::string_view* names,
                                      std::size_t count) const;

  const json_node& node_;
  const json_place& place_;
  failure& problem_;
};

/// The fields of one map.
class json_fields {
public:
  /// Fails when the value is no map; there are no fields then.
  explicit json_fields(const json_value& map)
    : map_(map), is_map_(map.is(json_kind::map)) {}

  /// As json_value::to, when the field is there. Of a field that is there twice
  /// the last counts.
  template <class T, class... Names>
  void read(std::string_view name, T& out, const Names&... names) {
    const auto* found = find(name);
    if (found == nullptr || map_.has_problem())
      return;
    const json_place place{&map_.place_, name, 0};
    json_value{*found, place, map_.problem_}.to(out, names...);
  }

  /// A field without which the map means nothing.
  void require(std::string_view name, std::string& out);

private:
  const json_node* find(std::string_view name) const;

  const json_value& map_;
  bool is_map_;
};

template <class T>
requires std::is_class_v<T>

void json_value::to(T& out) const {
  json_fields in{*this};
  read(in, out);
}

/// Takes a whole body apart. Failures are errc::malformed, or
/// errc::not_supported for fastjson's references; their text starts with
/// `what`: "heartbeat: clientID: is missing".
template <class T>
result<T> parse_body(std::string_view what, std::string_view body) {
  failure problem;
  auto document = read_json(body);
  if (document) {
    T out{};
    json_value{document->root(), json_place{}, problem}.to(out);
    if (problem.code == errc::none)
      return out;
  } else {
    problem = document.error();
  }
  problem.text = std::string{what} + ": " + problem.text;
  return problem;
}

template <class T>
void json_value::as_key(T& out) const {
  if (node_.kind == json_kind::map) {
    to(out);
    return;
  }
  auto parsed = parse_body<T>("key", node_.text);
  if (parsed)
    out = std::move(*parsed);
  else
    fail(parsed.error().code, parsed.error().text);
}

} // namespace apogee::remoting
