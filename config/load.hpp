#pragma once

#include "config/setting.hpp"
#include "messages/errors.hpp"

#include <string>
#include <vector>

/// From a configuration file and a command line to plain structs:
///
///   auto loaded = config::load<config::broker_config>(arguments);
///   if (!loaded) {
///     // One line for each mistake of the file and the command line.
///     std::cerr << loaded.error().text << '\n';
///     return 1;
///   }
///   run(loaded->settings, config::system_config{loaded->caf});
///
/// The default gives way to the file and the file to the command line.
namespace apogee::config {

/// An option of CAF itself, from one of CAF's own sections. Its name and value
/// are known to be legal.
struct caf_option {
  std::string section;
  std::string key;
  std::string literal; ///< as written in a file
  std::string origin;
};

template <class Config>
struct loaded {
  Config settings;
  /// Every setting with its value in force and where that comes from.
  std::vector<setting_words> words;
  /// For system_config.
  std::vector<caf_option> caf;
  /// Arguments that are no settings, in their order.
  std::vector<std::string> rest;
  /// The configuration file, empty when none was named.
  std::string file;
};

/// Largest configuration file that is read.
inline constexpr std::size_t file_size_max = std::size_t{1} << 20;

/// Arguments that are settings: `--config-file=PATH`, and everything that looks
/// like `--section.key=value`; the value may be the next word, and a flag alone
/// means true.
class setting_loader {
public:
  explicit setting_loader(std::vector<setting> settings);

  /// Reads the file that the arguments name, then the arguments. Fails with
  /// errc::invalid_config when the arguments or the file cannot be used; what
  /// is wrong is in problems(), and nothing else is lost by it.
  void load(const std::vector<std::string>& arguments);

  /// One more problem, with a setting that has a legal value of its own.
  void refuse(const std::string& section, const std::string& key,
              const std::string& text);

  /// Everything that is wrong, in the order of the file and the command line.
  const std::vector<std::string>& problems() const { return problems_; }

  /// The problems as one failure, a line each.
  failure why() const;

  std::vector<setting_words> words() const;

  std::vector<caf_option> caf;
  std::vector<std::string> rest;
  std::string file;

private:
  struct argument {
    std::string section;
    std::string key;
    std::string value;
  };

  void sort_arguments(const std::vector<std::string>& arguments);
  void take_config_file(std::string path);
  void load_file();
  void load_content(std::string_view content);
  void load_entry(const ini_entry& entry);
  void load_argument(const argument& given);
  void load_caf(const std::string& section, const std::string& key,
                const ini_value& value, const std::string& origin);
  void check_section(const ini_section& section);
  void problem(const std::string& origin, const std::string& section,
               const std::string& key, const std::string& text);
  bool is_section(const std::string& name) const;
  bool is_flag(const std::string& section, const std::string& key) const;
  setting* find(const std::string& section, const std::string& key);
  std::string unknown_section(const std::string& name) const;
  std::string unknown_key(const std::string& section,
                          const std::string& key) const;

  std::vector<setting> settings_;
  std::vector<argument> arguments_;
  std::vector<std::string> problems_;
};

/// Reads the arguments of a program (without its name) and the file that they
/// name. Fails with errc::invalid_config and a text of one line for each
/// mistake, all of them at once.
template <class Config>
result<loaded<Config>> load(const std::vector<std::string>& arguments) {
  loaded<Config> done;
  setting_loader loader{settings_of(done.settings)};
  loader.load(arguments);
  done.settings.check([&](auto&&... where) { loader.refuse(where...); });
  if (!loader.problems().empty())
    return loader.why();
  done.words = loader.words();
  done.caf = std::move(loader.caf);
  done.rest = std::move(loader.rest);
  done.file = std::move(loader.file);
  return done;
}

} // namespace apogee::config
