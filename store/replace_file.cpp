#include "store/replace_file.hpp"

#include <span>

namespace apogee::store {

result<void> replace_file(directory& folder, const std::string& name,
                          std::string_view content) {
  const auto beside = name + ".new";
  const auto made = folder.create(beside);
  if (!made)
    return made.error();
  auto done = (*made)->write(0, std::as_bytes(std::span{content}));
  if (done)
    done = (*made)->flush();
  if (done)
    done = folder.rename(beside, name);
  return done ? folder.sync() : done;
}

} // namespace apogee::store
