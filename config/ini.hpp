#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

/// The part of CAF's INI grammar that configuration files may use: `[section]`,
/// `key = value`, `;` comments. Whatever is accepted here means the same to
/// CAF's own parser, which on its part accepts more and drops some of it
/// without a word.
namespace apogee::config {

/// How a value is written.
enum class ini_form {
  text,     ///< "…"
  atom,     ///< '…', used by CAF's own options only
  number,   ///< decimal, with an optional sign
  duration, ///< a number and one of ns, us, ms, s, min, h
  flag,     ///< true or false
  list,     ///< [ … ] of texts or atoms
  bare      ///< anything else; never a legal value
};

struct ini_value {
  ini_form form = ini_form::bare;
  /// Content of a text or an atom without quotes and escapes, otherwise what
  /// is written.
  std::string text;
  /// Content of a list's items.
  std::vector<std::string> items;
  /// Exactly what is written.
  std::string literal;
};

struct ini_entry {
  std::size_t line = 0;
  std::string section;
  std::string key;
  ini_value value;
};

struct ini_section {
  std::size_t line = 0;
  std::string name;
};

/// Something that is not in the grammar: what, why, and what to write instead.
struct ini_problem {
  std::size_t line = 0;
  std::string text;
};

/// A file's content in the order of its lines, counted from 1.
struct ini_file {
  std::vector<ini_section> sections;
  std::vector<ini_entry> entries;
  std::vector<ini_problem> problems;
};

/// Problems that are listed of one file; the reader stops there.
inline constexpr std::size_t ini_problems_max = 100;

/// Reads the whole of `content`; a problem costs its own line only.
ini_file read_ini(std::string_view content);

/// Decides what a value without quotes is: number, duration, flag or bare.
ini_value read_bare_value(std::string_view text);

/// `text` in quotes, with the escapes that CAF knows.
std::string in_quotes(std::string_view text);

} // namespace apogee::config
