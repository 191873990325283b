// Where the program's own files are: beside the binary in a build tree (<binary's folder>/share), or installed
// (<prefix>/share/sluice). SLUICE_DATA overrides both.
#pragma once

#include <string>

namespace sluice::cli {

std::string executablePath();
// The folder that holds tokenizer/ and examples/. Empty when it cannot be found.
std::string dataFolder();

}  // namespace sluice::cli
