#include "nodes/cli/command_line.hpp"
#include "nodes/standalone_main.hpp"

int main(int argc, char** argv) {
  return apogee::cli::run_command_line({argv + 1, argv + argc},
                                       apogee::nodes::run_standalone);
}
