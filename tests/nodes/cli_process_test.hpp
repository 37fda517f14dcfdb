#pragma once

#include "tests/support/node_process.hpp"
#include "tests/support/process.hpp"
#include "tests/support/temporary_folder.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <fstream>
#include <string>
#include <utility>
#include <vector>

namespace apogee::cli {

/// Runs the program `apogee` against a standalone node of its own.
class CommandLine : public testing::Test {
protected:
  using words = std::vector<std::string>;

  void start_node(words more = {}) {
    node = std::make_unique<node_process>(
      "standalone", test_settings(folder.path() + "/data", std::move(more)));
    ASSERT_TRUE(node->start()) << node->running().error_output();
  }

  process::surroundings around() const {
    process::surroundings out;
    if (node)
      out.environment.emplace_back("APOGEE_NAMESERVER", node->address());
    return out;
  }

  static words command(words arguments) {
    arguments.insert(arguments.begin(), program_path("apogee"));
    return arguments;
  }

  finished_process apogee(words arguments) const {
    return run_process(command(std::move(arguments)), patience, around());
  }

  /// Runs a command that has to succeed; returns its output.
  std::string must(words arguments) const {
    const auto done = apogee(std::move(arguments));
    EXPECT_EQ(done.exit_code, 0) << done.output << done.error_output;
    return done.output;
  }

  /// Runs a command that has to fail with this exit code; returns the error.
  std::string must_fail(int exit_code, words arguments) const {
    const auto done = apogee(std::move(arguments));
    EXPECT_EQ(done.exit_code, exit_code) << done.output << done.error_output;
    return done.error_output;
  }

  std::string write_file(const std::string& name, const std::string& content) {
    auto path = folder.path() + "/" + name;
    std::ofstream{path, std::ios::binary} << content;
    return path;
  }

  temporary_folder folder;
  std::unique_ptr<node_process> node;
};

} // namespace apogee::cli
