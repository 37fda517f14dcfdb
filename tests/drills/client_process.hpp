#pragma once

#include "tests/support/node_process.hpp"

#include <set>
#include <sstream>
#include <string>

namespace apogee::drills {

/// A drill_client.
class client_process {
public:
  explicit client_process(std::vector<std::string> arguments)
    : process_(command(std::move(arguments))) {}

  process& running() { return process_; }

  /// What follows `word` in the lines that start with it.
  std::vector<std::string> lines(const std::string& word) const {
    std::vector<std::string> out;
    std::istringstream text{process_.output()};
    for (std::string line; std::getline(text, line) && !text.eof();)
      if (line.starts_with(word + " "))
        out.push_back(line.substr(word.size() + 1));
    return out;
  }

  /// The numbers of the queues it has now.
  std::set<unsigned> queues() const {
    std::set<unsigned> out;
    const auto all = lines("queues");
    std::istringstream last{all.empty() ? "" : all.back()};
    for (std::string number; std::getline(last, number, ',');)
      out.insert(static_cast<unsigned>(std::stoul(number)));
    return out;
  }

private:
  static std::vector<std::string> command(std::vector<std::string> arguments) {
    arguments.insert(arguments.begin(), program_path("drill_client"));
    return arguments;
  }

  process process_;
};

} // namespace apogee::drills
