#pragma once

#include <string>
#include <vector>

namespace apogee::nodes {

/// Runs a standalone node until it is told to stop; returns the exit code.
/// Arguments: `--data DIR`, `--nameserver-port N`, `--broker-port N`,
/// `--native-port N`, and everything that config::load takes.
int run_standalone(const std::vector<std::string>& arguments);

} // namespace apogee::nodes
