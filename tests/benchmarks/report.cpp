#include "tests/benchmarks/report.hpp"

#include "tests/benchmarks/child_process.hpp"

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <exception>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <sys/utsname.h>
#include <unistd.h>

namespace apogee::benchmarks {

namespace {

std::string first_line_with(const std::string& file, const std::string& key) {
  std::ifstream in{file};
  for (std::string line; std::getline(in, line);)
    if (line.starts_with(key))
      return line.substr(line.find(':') + 2);
  return {};
}

double load_average() {
  double load[1] = {0};
  return getloadavg(load, 1) == 1 ? load[0] : 0;
}

nlohmann::json describe_machine() {
  utsname system{};
  uname(&system);
  return {{"cpu", first_line_with("/proc/cpuinfo", "model name")},
          {"cores", sysconf(_SC_NPROCESSORS_ONLN)},
          {"memory", first_line_with("/proc/meminfo", "MemTotal")},
          {"kernel", system.release},
          {"load", load_average()}};
}

std::string number(double value) {
  char text[32];
  const auto digits = value >= 100 ? 0 : value >= 10 ? 1 : 2;
  std::snprintf(text, sizeof(text), "%.*f", digits, value);
  return text;
}

std::string target_text(const figure& x) {
  switch (x.direction) {
  case figure::wanted::at_most:
    return "<= " + number(x.target);
  case figure::wanted::at_least:
    return ">= " + number(x.target);
  case figure::wanted::none:
    break;
  }
  return "-";
}

nlohmann::json to_json(const figure& x) {
  nlohmann::json out{{"name", x.name},           {"unit", x.unit},
                     {"target", target_text(x)}, {"measured", x.measured()},
                     {"rounds", x.rounds},       {"reached", x.is_reached()},
                     {"details", x.details}};
  if (x.floor > 0)
    out["floor"] = {{"name", x.floor_name},
                    {"value", x.floor},
                    {"ratio", x.measured() / x.floor}};
  return out;
}

void print_row(const std::vector<std::string>& cells) {
  const int widths[] = {52, 9, 12, 12, 12, 7, 8};
  for (std::size_t i = 0; i < cells.size(); ++i)
    std::printf(i == 0 ? "%-*s" : " %*s", widths[i], cells[i].c_str());
  std::printf("\n");
}

} // namespace

double median(std::vector<double> values) {
  if (values.empty())
    return 0;
  std::sort(values.begin(), values.end());
  return values[values.size() / 2];
}

double figure::measured() const {
  return median(rounds);
}

bool figure::is_reached() const {
  switch (direction) {
  case wanted::at_most:
    return measured() <= target;
  case wanted::at_least:
    return measured() >= target;
  case wanted::none:
    break;
  }
  return true;
}

run::run(int argc, char** argv)
  : program_(std::filesystem::path{argv[0]}.filename()),
    data_folder_(program_folder() + "/../benchmark-data/"
                 + std::to_string(getpid())) {
  for (int i = 1; i < argc; ++i) {
    const std::string option = argv[i];
    const auto has_value = i + 1 < argc;
    if (option == "--quick") {
      is_quick_ = true;
    } else if (option == "--json" && has_value) {
      json_ = argv[++i];
    } else if (option == "--only" && has_value) {
      only_ = argv[++i];
    } else if (option == "--data" && has_value) {
      data_folder_ = std::string{argv[++i]} + "/" + std::to_string(getpid());
    } else {
      std::fprintf(stderr,
                   "usage: %s [--quick] [--only TEXT] [--json FILE] "
                   "[--data DIR]\n",
                   program_.c_str());
      std::exit(option == "--help" ? 0 : 2);
    }
  }
  std::filesystem::create_directories(data_folder_);
}

void run::measure(const std::string& name,
                  const std::function<void(run&, const std::string&)>& how) {
  if (name.find(only_) == std::string::npos)
    return;
  std::fprintf(stderr, "measuring: %s (load %.1f)\n", name.c_str(),
               load_average());
  try {
    how(*this, name);
  } catch (const std::exception& failed) {
    has_failed_ = true;
    std::fprintf(stderr, "%s: not measured: %s\n", name.c_str(), failed.what());
  }
}

void run::add(figure result) {
  std::fprintf(stderr, "  %s: %s %s\n", result.name.c_str(),
               number(result.measured()).c_str(), result.unit.c_str());
  figures_.push_back(std::move(result));
}

int run::finish() {
  std::filesystem::remove_all(data_folder_);
  print_row(
    {"figure", "unit", "target", "measured", "floor", "ratio", "reached"});
  for (const auto& x : figures_) {
    const auto has_floor = x.floor > 0;
    print_row({x.name, x.unit, target_text(x), number(x.measured()),
               has_floor ? number(x.floor) : "-",
               has_floor ? number(x.measured() / x.floor) : "-",
               x.direction == figure::wanted::none ? "-"
               : x.is_reached()                    ? "yes"
                                                   : "NO"});
    if (has_floor)
      std::printf("    floor: %s\n", x.floor_name.c_str());
    for (const auto& [name, value] : x.details)
      std::printf("    %s: %s\n", name.c_str(), number(value).c_str());
  }
  if (!json_.empty()) {
    nlohmann::json out{{"program", program_},
                       {"time", std::time(nullptr)},
                       {"quick", is_quick_},
                       {"machine", describe_machine()}};
    for (const auto& x : figures_)
      out["figures"].push_back(to_json(x));
    std::ofstream{json_} << out.dump(2) << "\n";
  }
  return has_failed_ ? 1 : 0;
}

} // namespace apogee::benchmarks
