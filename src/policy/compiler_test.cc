#include "policy/compiler.h"

#include <fmt/format.h>

#include <string>

#include "policy/element_reader.h"
#include "policy/emitter.h"
#include "policy/policy_fixture.h"

namespace sluice::policy {
namespace {

// Policies of this test's own: `note` traces its text, `fork` has branches as choose has, `alter` changes the response.
class Note final : public Step {
 public:
  explicit Note(const ElementReader& reader) : text_(reader.content()) {}
  Verdict run(Exchange& exchange) const override {
    const auto text = text_.evaluate(exchange);
    if (!text) return Verdict::Fail;
    exchange.trace("note", *text);
    return Verdict::Next;
  }

 private:
  TextOperand text_;
};

class Fork final : public Step {
 public:
  Verdict run(Exchange&) const override { return Verdict::Jump; }
};

std::shared_ptr<const Step> makeNote(ElementReader& reader) {
  return std::make_shared<Note>(reader);
}

std::shared_ptr<const Step> makeAlter(ElementReader& reader) {
  reader.touches(kChangesResponse);
  return std::make_shared<Note>(reader);
}

void forkFlow(Emitter& emitter, ElementReader& reader) {
  for (const auto& branch : reader.children()) {
    const uint32_t at = emitter.add(std::make_shared<Fork>(), branch);
    emitter.policies(branch);
    emitter.setTarget(at, emitter.here());
  }
}

void includeFlow(Emitter& emitter, ElementReader& reader) {
  emitter.fragment(reader, reader.literal("fragment-id"));
}

constexpr std::string_view kColours[] = {"red", "green"};
constexpr AttributeSpec kNoteAttributes[] = {
    {.name = "colour", .type = ValueType::Choice, .form = Form::Literal, .fallback = "red", .choices = kColours},
    {.name = "count", .type = ValueType::Integer, .sentence = "How often.", .least = 1, .most = 5},
};
constexpr AttributeSpec kBranchAttributes[] = {{.name = "name", .need = Need::Required, .sentence = "Its name."}};
constexpr ElementSpec kForkChildren[] = {{.name = "branch",
                                          .sentence = "A branch.",
                                          .attributes = kBranchAttributes,
                                          .content = Content::Policies,
                                          .least = 1}};
constexpr AttributeSpec kIncludeAttributes[] = {{.name = "fragment-id", .need = Need::Required, .form = Form::Literal}};
constexpr Descriptor kNote{.element = {.name = "note", .attributes = kNoteAttributes, .content = Content::Text},
                           .make = &makeNote};
constexpr Descriptor kAlter{.element = {.name = "alter", .content = Content::Text},
                            .sections = kOutbound,
                            .repetition = Repetition::OncePerSection,
                            .make = &makeAlter};
constexpr Descriptor kFork{.element = {.name = "fork", .children = kForkChildren}, .flow = &forkFlow};
constexpr Descriptor kInclude{.element = {.name = "include-fragment", .attributes = kIncludeAttributes},
                              .flow = &includeFlow};
constexpr Descriptor kForward{
    .element = {.name = "forward-request", .content = Content::Text}, .sections = kBackend, .make = &makeNote};

const Catalogue& catalogue() {
  static const Descriptor* const all[] = {&kNote, &kAlter, &kFork, &kInclude, &kForward};
  static const Catalogue result(all);
  return result;
}

class CompilerTest : public fixtures::PolicyFixture {
 protected:
  CompilerTest() : PolicyFixture(catalogue()) {}

  // A section as a line per instruction: index, path, scope, and the target where it is not simply the next.
  std::string listing(Section section = Section::Inbound) {
    const auto pipeline = compile();
    if (pipeline == nullptr) return diagnostics.render();
    std::string out;
    const Code& code = pipeline->code(section);
    for (size_t i = 0; i < code.size(); ++i) {
      const Origin& origin = pipeline->origins[code[i].origin];
      out += fmt::format("{} {} {}", i, origin.path, toString(origin.scope));
      if (code[i].target != i + 1) out += fmt::format(" -> {}", code[i].target);
      out += "\n";
    }
    return out;
  }
};

std::string inboundOf(const std::string& text) {
  return "<policies><inbound>" + text + "</inbound></policies>";
}

TEST_F(CompilerTest, SplicesScopesWhereBaseStands) {
  configuration.policy = document(inboundOf("<note>g</note>"), "global.xml");
  policies(inboundOf("<note>a1</note><base/><note>a2</note>"));
  operation().policy = document(inboundOf("<base/><note>o</note>"), "operation.xml");
  EXPECT_EQ(listing(), "0 note[1] api\n1 note global\n2 note[2] api\n3 note operation\n");
}

TEST_F(CompilerTest, WithoutBaseNothingIsInherited) {
  configuration.policy = document(inboundOf("<note>g</note>"));
  policies(inboundOf("<note>a</note>"));
  EXPECT_EQ(listing(), "0 note api\n");
  policies("<policies><inbound/></policies>");
  EXPECT_EQ(listing(), "");
}

TEST_F(CompilerTest, AnAbsentSectionInherits) {
  policies("<policies><inbound/></policies>");
  EXPECT_EQ(listing(Section::Backend), "0 forward-request global\n");
  configuration.policy = document(inboundOf(""));
  EXPECT_EQ(listing(Section::Backend), "0 forward-request global\n");
  configuration.policy = document("<policies><backend><base/></backend></policies>");
  EXPECT_EQ(listing(Section::Backend), "") << "<base/> in the global document stands for nothing";
}

TEST_F(CompilerTest, AProductTakesPartInItsContextOnly) {
  configuration.products.resize(1);
  configuration.products[0].name = "p";
  configuration.products[0].policy = document(inboundOf("<base/><note>p</note>"));
  policies(inboundOf("<base/><note>a</note>"));
  Compiler compiler(configuration, catalogue(), diagnostics);
  EXPECT_EQ(compiler.pipelineFor(&api(), &operation(), nullptr)->code(Section::Inbound).size(), 1u);
  EXPECT_EQ(compiler.pipelineFor(&api(), &operation(), &configuration.products[0])->code(Section::Inbound).size(), 2u);
}

TEST_F(CompilerTest, OperationsWithTheSameScopesShareOnePipeline) {
  policies(inboundOf("<note>a</note>"));
  api().operations.push_back(operation());
  api().operations.push_back(operation());
  api().operations[2].policy = document(inboundOf("<base/><note>o</note>"));
  Compiler compiler(configuration, catalogue(), diagnostics);
  const auto first = compiler.pipelineFor(&api(), &api().operations[0], nullptr);
  EXPECT_EQ(first, compiler.pipelineFor(&api(), &api().operations[1], nullptr));
  const auto own = compiler.pipelineFor(&api(), &api().operations[2], nullptr);
  EXPECT_NE(first, own);
  EXPECT_EQ(first->code(Section::Inbound)[0].step, own->code(Section::Inbound)[0].step) << "the API's step is shared";
}

TEST_F(CompilerTest, FlowsBecomeJumpsAndPathsCountSiblings) {
  policies(
      inboundOf("<note/><fork><branch name='a'><note>1</note></branch>"
                "<branch name='b'><note>2</note><note>3</note></branch></fork>"));
  EXPECT_EQ(listing(),
            "0 note api\n"
            "1 fork\\branch[1] api -> 3\n"
            "2 fork\\branch[1]\\note api\n"
            "3 fork\\branch[2] api -> 6\n"
            "4 fork\\branch[2]\\note[1] api\n"
            "5 fork\\branch[2]\\note[2] api\n");
}

TEST_F(CompilerTest, FragmentsStandInPlace) {
  fragment("f", "<fragment><note>x</note></fragment>");
  policies(inboundOf("<note/><include-fragment fragment-id='f'/>"));
  EXPECT_EQ(listing(), "0 note api\n1 include-fragment\\note api\n");
}

TEST_F(CompilerTest, ABaseThatRepeatsItselfIsBounded) {
  std::string many;
  for (int i = 0; i < 300; ++i) many += "<base/>";
  configuration.policy = document(inboundOf("<note/>"), "global.xml");
  policies(inboundOf(many));
  operation().policy = document(inboundOf(many), "operation.xml");
  EXPECT_NE(mistakes().find("more than 200 <base /> take part in <inbound>"), std::string::npos);
}

TEST_F(CompilerTest, ThePlanDefersAnOutboundTailThatOnlyObserves) {
  outbound("<alter>x</alter><note>@(context.Response.Body.As<string>(true))</note><note>done</note>");
  auto pipeline = compile();
  ASSERT_NE(pipeline, nullptr) << diagnostics.render();
  EXPECT_EQ(pipeline->deferred_from, 1u);
  EXPECT_FALSE(pipeline->buffers_response);
  EXPECT_FALSE(pipeline->reads_request_body);

  outbound("<note>@(context.Response.Body.As<string>(true))</note>\n<alter>x</alter>");
  pipeline = compile();
  ASSERT_NE(pipeline, nullptr) << diagnostics.render();
  EXPECT_EQ(pipeline->deferred_from, Pipeline::kNever);
  EXPECT_TRUE(pipeline->buffers_response);
  EXPECT_EQ(
      pipeline->buffering_reason,
      "streamed answers are buffered whole: <alter> changes the response after <note> (line 1) has read its body");
  EXPECT_EQ(pipeline->buffering_location.line, 2u);

  outbound("<note>plain</note>");
  pipeline = compile();
  EXPECT_EQ(pipeline->deferred_from, Pipeline::kNever);
  EXPECT_FALSE(pipeline->buffers_response);
}

TEST_F(CompilerTest, ThePlanKnowsThatTheRequestBodyIsRead) {
  outbound("<note>@(context.Request.Body.As<string>(true))</note>");
  const auto pipeline = compile();
  ASSERT_NE(pipeline, nullptr) << diagnostics.render();
  EXPECT_TRUE(pipeline->reads_request_body);
}

}  // namespace
}  // namespace sluice::policy
