#pragma once

#include <functional>
#include <map>
#include <string>
#include <vector>

namespace apogee::benchmarks {

/// One figure: what was wanted, what was measured in each round, and what the
/// machine can do at all, measured in the same run.
struct figure {
  enum class wanted { at_most, at_least, none };

  std::string name;
  std::string unit;
  wanted direction = wanted::none;
  double target = 0;
  std::vector<double> rounds;
  std::string floor_name;
  double floor = 0; ///< 0: there is none
  std::map<std::string, double> details;

  double measured() const; ///< the median of the rounds
  bool is_reached() const;
};

double median(std::vector<double> values);

/// One benchmark program's run: its options, and the table at its end.
class run {
public:
  /// Reads --json FILE, --only TEXT, --quick, --data DIR; ends the program on
  /// others.
  run(int argc, char** argv);

  /// Whether a short smoke run is wanted, whose figures mean nothing.
  bool is_quick() const { return is_quick_; }

  int rounds() const { return is_quick_ ? 1 : 3; }

  /// A folder on a real disk for this run's data; removed at the end.
  const std::string& data_folder() const { return data_folder_; }

  /// Measures `name` unless --only chose others.
  void measure(const std::string& name,
               const std::function<void(run&, const std::string&)>& how);

  void add(figure result);

  /// Prints the table, writes the JSON file, and returns the exit code: missed
  /// targets are no failure, figures that could not be measured are.
  int finish();

private:
  std::string program_;
  std::string json_;
  std::string only_;
  std::string data_folder_;
  bool is_quick_ = false;
  bool has_failed_ = false;
  std::vector<figure> figures_;
};

} // namespace apogee::benchmarks
