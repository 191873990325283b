// Digest: SHA-256 over named pieces, as hexadecimal digits. One thread.
#pragma once

#include <memory>
#include <string>
#include <string_view>

struct evp_md_ctx_st;

namespace sluice::config {

class Digest {
 public:
  Digest();
  // Name and length go in too, so that pieces cannot run into each other.
  void add(std::string_view name, std::string_view bytes);
  // Of what was added so far: its first 16 hexadecimal digits.
  std::string text() const;

 private:
  std::unique_ptr<evp_md_ctx_st, void (*)(evp_md_ctx_st*)> state_;
};

}  // namespace sluice::config
