#include "config/sample.hpp"

namespace apogee::config {

namespace {

constexpr std::size_t line_size_max = 80;

/// `text` as comment lines that fit on the screen.
std::string comment(std::string_view text) {
  std::string result = ";";
  auto width = result.size();
  while (!text.empty()) {
    auto end = std::min(text.find(' '), text.size());
    if (width + 1 + end > line_size_max) {
      result += "\n;";
      width = 1;
    }
    result += ' ';
    result += text.substr(0, end);
    width += 1 + end;
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return result + "\n";
}

std::string legal(const setting_words& words) {
  return words.low.empty() ? std::string{}
                           : " From " + words.low + " to " + words.high + ".";
}

} // namespace

std::string sample_file(const std::string& program,
                        const std::vector<setting_words>& settings) {
  auto result = "; Settings of " + program
                + ", each with its default. Values may be left out; a wrong or"
                  "\n; unknown one stops the start. CAF's own sections "
                  "([scheduler], [middleman],\n; [logger], …) may be added.\n";
  std::string_view section;
  for (const auto& words : settings) {
    if (words.section != section) {
      section = words.section;
      result += "\n[" + words.section + "]\n";
    }
    result += "\n" + comment(words.sentence + legal(words)) + words.key + " = "
              + words.unset + "\n";
  }
  return result;
}

} // namespace apogee::config
