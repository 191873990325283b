// The library's declarations: every row parses, every base type exists.
#include "expression/library.h"

#include <gtest/gtest.h>

#include <set>

namespace sluice::expression {
namespace {

TEST(Library, EverySignatureParsesAndHasANative) {
  size_t members = 0;
  for (const auto& def : Library::instance().all()) {
    for (const Member& member : def->members()) {
      ++members;
      EXPECT_NE(member.get, nullptr) << def->fullName() << ": " << member.signature;
      EXPECT_NE(member.type, nullptr) << def->fullName() << ": " << member.signature;
    }
  }
  EXPECT_GT(members, 900u);
}

TEST(Library, EveryTypeClosesOverItsOwnParameters) {
  for (const auto& def : Library::instance().all()) {
    const std::vector<const Type*> args(def->type_params.size(), core().int32);
    const Type* type = closedType(def.get(), args);
    EXPECT_EQ(type->def, def.get());
    if (type->kind == TypeKind::Interface || type->kind == TypeKind::Object) continue;
    EXPECT_NE(type->base, nullptr) << type->name;
  }
}

TEST(Library, NoSignatureIsDeclaredTwice) {
  for (const auto& def : Library::instance().all()) {
    std::set<std::string> seen;
    for (const Member& member : def->members())
      EXPECT_TRUE(seen.insert(member.signature).second) << def->fullName() << ": " << member.signature;
  }
}

TEST(Library, FormattingIsAmbiguousAsInPolicies) {
  EXPECT_EQ(Library::instance().find("Formatting", 0).size(), 2u);
  EXPECT_NE(Library::instance().findFull("Newtonsoft.Json.Formatting", 0), nullptr);
}

TEST(Types, AreInternedAndVariant) {
  const Type* strings[] = {core().string};
  const Type* objects[] = {core().object};
  const Type* of_strings = libraryType("System.Collections.Generic.IEnumerable", strings);
  const Type* of_objects = libraryType("System.Collections.Generic.IEnumerable", objects);
  EXPECT_EQ(of_strings, libraryType("System.Collections.Generic.IEnumerable", strings));
  EXPECT_TRUE(isReferenceAssignable(of_strings, of_objects));
  EXPECT_FALSE(isReferenceAssignable(of_objects, of_strings));
  EXPECT_TRUE(isReferenceAssignable(arrayOf(core().string), of_objects));
  EXPECT_FALSE(isReferenceAssignable(arrayOf(core().int32), of_objects));
  EXPECT_EQ(elementOfSequence(core().string), core().character);
}

}  // namespace
}  // namespace sluice::expression
