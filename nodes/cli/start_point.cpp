#include "nodes/cli/start_point.hpp"

#include "nodes/cli/time_text.hpp"

#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>

namespace apogee::cli {

result<start_point> parse_start_point(std::string_view text) {
  if (text == "earliest")
    return start_point{schema::StartFrom::EARLIEST, 0};
  if (text == "latest")
    return start_point{schema::StartFrom::LATEST, 0};
  const auto time = parse_time(text);
  if (!time)
    return {errc::invalid_argument,
            "'" + std::string{text}
              + "' is neither 'earliest' nor 'latest' nor a time like "
                "2024-05-01T12:30:00Z or milliseconds since 1970"};
  return start_point{schema::StartFrom::TIME, *time};
}

CLI::Option* add_start_option(CLI::App& command, const std::string& name,
                              start_point& point, const std::string& sentence) {
  return command
    .add_option_function<std::string>(
      name,
      [&point](const std::string& text) { point = *parse_start_point(text); },
      sentence)
    ->type_name("earliest|latest|TIME")
    ->check([](const std::string& text) {
      const auto parsed = parse_start_point(text);
      return parsed ? std::string{} : parsed.error().text;
    });
}

} // namespace apogee::cli
