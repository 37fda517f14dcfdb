#include "tests/config/samples.hpp"

#include <fstream>
#include <iostream>

/// Writes config/*.ini anew: write_config_samples FOLDER.
int main(int argc, char** argv) {
  if (argc != 2) {
    std::cerr << "usage: write_config_samples FOLDER\n";
    return 2;
  }
  for (const auto& sample : apogee::config::samples()) {
    std::ofstream file{std::string{argv[1]} + "/" + sample.file};
    file << sample.content;
    if (!file.flush()) {
      std::cerr << sample.file << " cannot be written\n";
      return 1;
    }
  }
}
