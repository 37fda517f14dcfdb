// Counts what is allocated while filters are asked; a program of its own,
// because it replaces operator new.
#include "actors/core/subscription_filter.hpp"
#include "messages/record.hpp"

#include <gtest/gtest.h>

#include <cstdlib>
#include <new>

namespace {

std::size_t allocations = 0;

} // namespace

[[gnu::noinline]] void* operator new(std::size_t size) {
  ++allocations;
  if (auto* memory = std::malloc(size))
    return memory;
  throw std::bad_alloc{};
}

[[gnu::noinline]] void operator delete(void* memory) noexcept {
  std::free(memory);
}

[[gnu::noinline]] void operator delete(void* memory, std::size_t) noexcept {
  std::free(memory);
}

namespace apogee::core {

namespace {

/// Allocations of asking a filter a hundred times.
std::size_t allocations_of(expression_type type, std::string_view text) {
  const auto filter = *subscription_filter::parse(type, text);
  const auto before = allocations;
  for (auto i = 0; i < 100; ++i) {
    (void)filter->may_match(tag_hash("TagA"));
    (void)filter->matches(
      [](std::string_view name) -> std::optional<std::string_view> {
        if (name == "nothing")
          return std::nullopt;
        return "a rather long text that no small string has room for";
      });
  }
  return allocations - before;
}

TEST(FilterAllocation, IsSeenByThisProgram) {
  const auto before = allocations;
  auto filter = subscription_filter::parse(expression_type::tag, "A || B");
  EXPECT_GT(allocations, before);
}

TEST(FilterAllocation, IsNotNeededToAskForTags) {
  EXPECT_EQ(allocations_of(expression_type::tag, "TagA || TagB || TagC"), 0u);
}

TEST(FilterAllocation, IsNotNeededToAskAnExpression) {
  EXPECT_EQ(allocations_of(expression_type::sql92,
                           "(a = 'a rather long text that has to be compared' "
                           "OR nothing IS NULL) AND NOT (a IN ('x', 'y')) AND "
                           "a CONTAINS 'small' AND a NOT STARTSWITH 'b' AND "
                           "a <> b OR a > 1.5"),
            0u);
}

} // namespace

} // namespace apogee::core
