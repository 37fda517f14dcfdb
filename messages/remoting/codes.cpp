#include "messages/remoting/codes.hpp"

#include <array>

namespace apogee::remoting {

namespace {

constexpr std::array<std::string_view, 14> language_names{
  "JAVA",  "CPP",  "DOTNET", "PYTHON", "DELPHI", "ERLANG", "RUBY",
  "OTHER", "HTTP", "GO",     "PHP",    "OMS",    "RUST",   "NODE_JS"};

} // namespace

std::string_view to_string(client_language language) {
  return language_names[static_cast<std::size_t>(language)];
}

client_language language_of(std::string_view name) {
  for (std::size_t i = 0; i < language_names.size(); ++i)
    if (language_names[i] == name)
      return static_cast<client_language>(i);
  return client_language::other;
}

client_language language_of(std::int64_t number) {
  if (number < 0 || number >= static_cast<std::int64_t>(language_names.size()))
    return client_language::other;
  return static_cast<client_language>(number);
}

} // namespace apogee::remoting
