#include "tests/support/process.hpp"

#include <gtest/gtest.h>

#include <cstdlib>

namespace apogee {

TEST(Process, GetsAVariableInPlaceOfTheOneThatWasThere) {
  setenv("APOGEE_PROCESS_TEST", "old", 1);
  const auto done = run_process({"/usr/bin/printenv", "APOGEE_PROCESS_TEST"},
                                std::chrono::seconds{60},
                                {{}, {}, {{"APOGEE_PROCESS_TEST", "new"}}});
  EXPECT_EQ(done.output, "new\n");
}

} // namespace apogee
