// Newtonsoft.Json: what its files declare, in order, and the enums.
#include "expression/library/declarations.h"
#include "expression/library/json_support.h"

namespace sluice::expression {
namespace {

constexpr EnumRow kTokenTypes[] = {
    {"None", 0},    {"Object", 1}, {"Array", 2},  {"Constructor", 3}, {"Property", 4}, {"Comment", 5},
    {"Integer", 6}, {"Float", 7},  {"String", 8}, {"Boolean", 9},     {"Null", 10},    {"Undefined", 11},
    {"Date", 12},   {"Raw", 13},   {"Bytes", 14}, {"Guid", 15},       {"Uri", 16},     {"TimeSpan", 17},
};
constexpr EnumRow kFormatting[] = {{"None", 0}, {"Indented", 1}};
constexpr EnumRow kNullValueHandling[] = {{"Include", 0}, {"Ignore", 1}};
constexpr EnumRow kDateParseHandling[] = {{"None", 0}, {"DateTime", 1}, {"DateTimeOffset", 2}};
constexpr EnumRow kArrayHandling[] = {{"Concat", 0}, {"Union", 1}, {"Replace", 2}, {"Merge", 3}};
constexpr EnumRow kMergeNulls[] = {{"Ignore", 0}, {"Merge", 1}};

}  // namespace

void declareJson(Library& library) {
  library.addEnum("Newtonsoft.Json.Linq.JTokenType", kTokenTypes);
  library.addEnum("Newtonsoft.Json.Formatting", kFormatting);
  // Ambiguous with Newtonsoft's, as in policies: the whole name must be written.
  library.addEnum("System.Xml.Formatting", kFormatting);
  library.addEnum("Newtonsoft.Json.NullValueHandling", kNullValueHandling);
  library.addEnum("Newtonsoft.Json.DateParseHandling", kDateParseHandling);
  library.addEnum("Newtonsoft.Json.Linq.MergeArrayHandling", kArrayHandling);
  library.addEnum("Newtonsoft.Json.Linq.MergeNullValueHandling", kMergeNulls);
  declareJToken(library);
  declareJContainer(library);
  declareJObject(library);
  declareJArray(library);
  declareJValue(library);
  declareJsonExtensions(library);
  declareJsonConvert(library);
}

}  // namespace sluice::expression
