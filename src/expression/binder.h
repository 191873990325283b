// Binder: turns a syntax tree into a typed tree that can be evaluated, by C#'s rules: names, conversions, overloads,
// type inference, constants, reachability. All mistakes are found here, at load.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <tuple>
#include <vector>

#include "base/arena.h"
#include "expression/expression.h"
#include "expression/library.h"
#include "expression/nodes.h"
#include "expression/syntax.h"

namespace sluice::expression {

// What binding an expression found out about the use of `context` and of JSON trees.
struct Usage {
  Effects effects;
  bool mutates_trees = false;  // may change a JSON tree, or let one escape
  // A Body reached, or an As<T>() made, through something that could not be followed back to context.
  bool untraced_body = false;
  bool untraced_consume = false;
};

struct Bound {
  Function* main = nullptr;
  Usage usage;
};

// The result of classifying a conversion.
struct Conversion {
  enum class Kind : uint8_t { None, Identity, Implicit, Constant, User, Lambda, MethodGroup, Tuple, Null, Throw };
  Kind kind = Kind::None;
  const Member* user = nullptr;
  const Type* user_from = nullptr;  // parameter and result of the user-defined operator, closed
  const Type* user_to = nullptr;
  explicit operator bool() const { return kind != Kind::None; }
};

class Binder {
 public:
  Binder(std::string_view source, Arena& arena, Mistakes& mistakes);

  // Null, with mistakes, when the tree does not bind.
  std::optional<Bound> bind(Syntax* tree);
  // What binds but is probably not what the author wants.
  const Mistakes& warnings() const { return warnings_; }

 private:
  // ---- Scopes ------------------------------------------------------------------------------------------------------
  struct Scope;
  struct LocalFunction {
    Syntax* syntax = nullptr;
    std::string_view name;
    struct Instance {
      std::vector<const Type*> args;
      Local* local = nullptr;
      Function* function = nullptr;
      bool bound = false;
    };
    std::vector<std::unique_ptr<Instance>> instances;
    std::vector<Param> params;  // of the open signature
    const Type* result = nullptr;
    Scope* scope = nullptr;
    Function* owner = nullptr;
  };
  struct Scope {
    Scope* parent = nullptr;
    Function* function = nullptr;
    ScopeLocals* locals = nullptr;
    std::vector<Local*> names;
    std::vector<std::pair<std::string_view, Syntax*>> aliases;
    std::vector<std::pair<std::string_view, const Type*>> types;  // type parameters of local functions
    std::vector<std::unique_ptr<LocalFunction>> functions;
  };
  // Jump targets of the statement being bound.
  struct Loop {
    std::vector<uint32_t> breaks, continues;
    bool is_switch = false;
    bool broken = false;
    bool in_finally = false;
  };
  struct SwitchLabels {
    std::vector<std::pair<Value, int>> cases;  // constant, section
    int default_section = -1;
    std::vector<std::pair<uint32_t, int>> jumps;  // goto case: instruction, section
  };
  struct FunctionState {
    Function* function = nullptr;
    FunctionState* parent = nullptr;
    const Type* result = nullptr;  // null: inferred (lambda)
    std::vector<Node*> returned;   // of a lambda whose result is inferred
    bool is_lambda = false;
    bool returns_nothing = false;  // saw "return;"
    std::vector<Loop> loops;
    std::vector<SwitchLabels> switches;
    std::vector<std::pair<std::string_view, uint32_t>> labels;
    struct Goto {
      std::string_view name;
      uint32_t instruction;
      uint32_t offset;
    };
    std::vector<Goto> gotos;
    int catch_slot = -1;
    int depth_of_finally = 0;
  };
  // A lambda's body bound for some parameter types.
  struct BoundLambda {
    Function* function = nullptr;
    Scope* scope = nullptr;  // of its body, for what is bound later inside
    Node* body = nullptr;    // expression body, not yet converted
    std::vector<Node*> returned;
    const Type* inferred = nullptr;  // null: nothing returned, or no best type
    bool returns_nothing = false;
    bool end_reachable = false;
    Mistakes mistakes;
  };

  Scope* pushScope(bool new_locals = true);
  void popScope(Scope* saved) { scope_ = saved; }
  void noteAssigned(const Syntax* s);
  void noteTargets(const Syntax* target);
  Local* declare(std::string_view name, const Type* type, uint32_t offset);
  Local* temporary(const Type* type);
  Local* findLocal(std::string_view name);
  LocalFunction* findLocalFunction(std::string_view name);
  Local* capture(Local* local, Function* into);
  Function* newFunction(std::string_view name);
  const Local* reach(Local* local);

  // ---- Mistakes ----------------------------------------------------------------------------------------------------
  Node* mistake(size_t offset, std::string message, std::string remedy = {});
  Node* errorNode(uint32_t offset);
  bool isError(const Node* node) const { return node->type != nullptr && node->type->kind == TypeKind::Error; }
  std::string describe(const Node* node) const;
  // Remedies (binder_advice.cc); empty: nothing to advise.
  static std::string operatorAdvice(const Node* left, const Node* right);
  static std::string conversionAdvice(const Type* from, const Type* to);
  std::string memberAdvice(const Type* type, std::string_view name, bool statics);
  void warnOfIdentity(std::string_view op, const Node* left, const Node* right, uint32_t offset);
  std::string suggestion(std::string_view name, const std::vector<std::string_view>& candidates) const;

  // ---- Nodes -------------------------------------------------------------------------------------------------------
  template <class T>
  T* make(const Type* type, uint32_t offset) {
    T* node = arena_.create<T>();
    node->type = type;
    node->offset = offset;
    return node;
  }
  Node* constant(const Value& value, const Type* type, uint32_t offset);
  Node* localNode(Local* local, uint32_t offset);
  std::span<const Node*> list(const std::vector<Node*>& nodes);
  std::span<const Type* const> typeList(const std::vector<const Type*>& types);
  Node* sequence(std::vector<Node*> nodes, const Type* type, uint32_t offset);
  Node* nullOf(const Type* type, uint32_t offset);
  static const Value* constantOf(const Node* node);
  // Evaluates a node over constants now; false: it raised (a mistake was reported).
  bool fold(const Node* node, Value& out);
  Node* folded(Node* node, std::initializer_list<const Node*> operands);

  // ---- Types (binder_type.cc) --------------------------------------------------------------------------------------
  const Type* bindType(const Syntax* syntax);
  const Type* namedType(const Syntax* syntax);
  const Type* lookupType(std::string_view name, const std::vector<const Type*>& args, uint32_t offset, bool quiet);

  // ---- Conversions (conversion.cc) ---------------------------------------------------------------------------------
  Conversion classify(const Node* node, const Type* to);
  Conversion classifyType(const Type* from, const Type* to);  // standard implicit and user-defined
  bool standardImplicit(const Type* from, const Type* to);
  bool standardExplicit(const Type* from, const Type* to);
  bool constantFits(const Node* node, const Type* to);
  Conversion userConversion(const Type* from, const Type* to, bool explicit_too);
  Node* convert(Node* node, const Type* to);  // implicit; reports when there is none
  Node* apply(Node* node, const Type* to, const Conversion& conversion);
  Node* applyStandard(Node* node, const Type* to);
  Node* castTo(Node* node, const Type* to, uint32_t offset);
  Node* constantAs(Node* node, const Type* to);
  Node* convertTuple(const TupleLiteralNode* tuple, const Type* to);
  void noConversion(const Node* node, const Type* to, bool explicit_exists);

  // ---- Overloads (overload.cc, inference.cc) -----------------------------------------------------------------------
  struct Arg {
    Node* node = nullptr;
    std::string_view name;
    uint8_t flags = 0;
    Syntax* declaration = nullptr;  // out var x
  };
  struct Candidate {
    const Member* member = nullptr;
    LocalFunction* local = nullptr;
    const Type* receiver = nullptr;  // closed declaring type
    std::vector<const Type*> method_args;
    std::vector<const Type*> params;  // closed, as declared
    std::vector<int> mapping;         // argument -> parameter
    bool expanded = false;
    size_t defaults = 0;
    const std::vector<Param>& declared() const { return member != nullptr ? member->params : local->params; }
  };
  bool mapArguments(Candidate& c, const std::vector<Arg>& args);
  bool prepare(Candidate& c, const std::vector<Arg>& args, std::span<const Type* const> given_type_args);
  bool applicable(const Candidate& c, const std::vector<Arg>& args);
  bool infer(Candidate& c, const std::vector<Arg>& args, size_t count);
  const Type* parameterFor(const Candidate& c, size_t argument) const;
  int betterCandidate(const Candidate& a, const Candidate& b, const std::vector<Arg>& args);
  int betterConversion(const Node* arg, const Type* a, const Type* b);
  const Candidate* best(std::vector<Candidate>& candidates, const std::vector<Arg>& args);
  void addCandidates(std::vector<Candidate>& all, const Type* receiver, std::string_view name, bool statics);
  Node* callCandidate(const Candidate& c, Node* receiver, std::vector<Arg>& args, uint32_t offset);
  std::vector<Node*> orderArguments(const Candidate& c, std::vector<Arg>& args, std::vector<Node*>& targets,
                                    uint32_t offset);
  Node* outTarget(Arg& arg, const Type* type);
  Node* unknownArgument(const std::vector<Candidate>& tried, const std::vector<Arg>& args, const MethodGroupNode* group,
                        uint32_t offset);
  struct Bounds {
    std::vector<const Type*> exact, lower, upper;
    const Type* fixed = nullptr;
  };
  void inferFrom(std::vector<Bounds>& bounds, const Type* from, const Type* to, int how);
  bool inferLambda(std::vector<Bounds>& bounds, const Node* arg, const Type* delegate);
  bool fix(Bounds& b);
  const Type* bestCommonType(const std::vector<const Type*>& types);

  // ---- Expressions -------------------------------------------------------------------------------------------------
  Node* expression(Syntax* s);  // may be a type, method group, lambda, ...
  Node* value(Syntax* s);       // a value with a type
  Node* valueOf(Node* node);
  Node* bindExpression(Syntax* s);
  Node* literal(Syntax* s);
  Node* name(Syntax* s);
  Node* member(Syntax* s);
  Node* memberOf(Node* target, Syntax* s);
  Node* staticMember(const TypeNameNode* target, Syntax* s);
  Node* namespaceMember(const NamespaceNode* target, Syntax* s);
  Node* instanceMember(Node* target, Syntax* s);
  Node* tupleMember(Node* target, std::string_view text, uint32_t offset);
  Node* propertyNode(const Member* member, const Type* declaring, Node* target, uint32_t offset);
  const Member* findProperty(const Type* type, std::string_view text, bool statics, const Type*& declaring);
  bool hasMethod(const Type* type, std::string_view text, bool statics);
  Node* noMember(const Node* target, const Type* type, Syntax* s, bool statics);
  std::vector<std::string_view> memberNames(const Type* type, bool statics);
  std::vector<std::string_view> extensionNames(const Type* type);
  std::string memberSuggestion(const Type* type, std::string_view name, bool statics);
  void noteMember(const Member* member, const Node* target);
  void noteCall(const Member* member, const std::vector<Node*>& args);
  Node* conditionalAccess(Syntax* s);
  Node* call(Syntax* s);
  Node* callGroup(MethodGroupNode* group, std::vector<Arg>& args, uint32_t offset, const Syntax* s);
  Node* callDelegate(Node* callee, std::vector<Arg>& args, uint32_t offset);
  Node* noOverload(const MethodGroupNode* group, const std::vector<Candidate>& tried, const std::vector<Arg>& args,
                   uint32_t offset);
  std::vector<Arg> bindArguments(std::span<Syntax*> kids);
  Node* index(Syntax* s);
  Node* indexNode(Node* target, std::vector<Arg>& args, uint32_t offset);
  Node* creation(Syntax* s);
  Node* createObject(const Type* type, std::vector<Arg>& args, uint32_t offset);
  Node* initialise(Node* made, Syntax* initializer, uint32_t offset);
  void initialiseInto(Local* into, Syntax* initializer, std::vector<Node*>& steps);
  void initialiseMember(Local* into, Syntax* element, std::vector<Node*>& steps);
  Node* newArray(Syntax* s);
  Node* implicitArray(Syntax* s);
  Node* arrayFrom(const Type* element, uint8_t rank, Syntax* initializer, uint32_t offset);
  void flatten(Syntax* initializer, size_t level, size_t rank, const Type* element, std::vector<uint32_t>& lengths,
               std::vector<Node*>& out);
  Node* anonymous(Syntax* s);
  Node* tuple(Syntax* s);
  Node* interpolated(Syntax* s);
  Node* castExpression(Syntax* s);
  Node* isExpression(Syntax* s);
  Node* asExpression(Syntax* s);
  Node* dottedConstant(const Syntax* named);
  Node* patternNode(Node* operand, Syntax* pattern);
  Node* conditional(Syntax* s);
  Node* throwExpression(Syntax* s);
  Node* typeOf(Syntax* s);
  Node* nameOf(Syntax* s);
  Node* checkedExpression(Syntax* s);
  Node* lambdaNode(Syntax* s);

  // ---- Operators (binder_operator.cc, binder_assign.cc) ------------------------------------------------------------
  Node* unary(Syntax* s);
  Node* unaryOn(std::string_view op, Node* operand, uint32_t offset);
  Node* binary(Syntax* s);
  Node* binaryOn(std::string_view op, Node* left, Node* right, uint32_t offset);
  Node* logical(Syntax* s);
  Node* coalesce(Syntax* s);
  Node* concat(Node* left, Node* right, uint32_t offset);
  Node* userOperator(std::string_view op, std::vector<Node*> operands, uint32_t offset);
  Node* numericBinary(std::string_view op, Node* left, Node* right, uint32_t offset);
  Node* enumBinary(std::string_view op, Node* left, Node* right, uint32_t offset);
  Node* referenceEquality(std::string_view op, Node* left, Node* right, uint32_t offset);
  Node* neverNull(std::string_view op, Node* left, Node* right, uint32_t offset);
  Node* builtIn(std::string_view op, Node* left, Node* right, const Type* operand, const Type* result, bool lifted,
                uint32_t offset);
  const Type* promote(std::string_view op, const Node* left, const Node* right);
  Node* boolean(Syntax* s);
  Node* badOperator(std::string_view op, const Node* left, const Node* right, uint32_t offset);
  Node* assign(Syntax* s);
  Node* assignTo(Node* target, Node* node, uint32_t offset);
  Node* compoundAssign(Syntax* s);
  Node* compoundValue(std::string_view op, Node* target, Node* right, uint32_t offset);
  Node* increment(Syntax* s, bool postfix);
  Node* stable(Node* target, std::vector<Node*>& before);
  Node* deconstruct(std::span<Syntax*> places, bool all_var, Node* right, uint32_t offset);
  Node* deconstructNested(Syntax* place, bool all_var, const Type* type, std::vector<Node*>& steps);
  Node* deconstructTarget(Syntax* s, const Type* type, bool all_var);
  bool checkAssignable(Node* target, uint32_t offset);

  // Steps into a bound lambda's body for as long as it lives.
  class Inside {
   public:
    Inside(Binder& binder, const BoundLambda& lambda) : binder_(binder), state_(binder.state_), scope_(binder.scope_) {
      inner_.function = lambda.function;
      inner_.parent = state_;
      binder.state_ = &inner_;
      binder.scope_ = lambda.scope;
    }
    ~Inside() {
      binder_.state_ = state_;
      binder_.scope_ = scope_;
    }
    Inside(const Inside&) = delete;
    Inside& operator=(const Inside&) = delete;

   private:
    Binder& binder_;
    FunctionState* state_;
    Scope* scope_;
    FunctionState inner_;
  };

  // ---- Lambdas (binder_lambda.cc) ----------------------------------------------------------------------------------
  BoundLambda* bindLambda(Syntax* s, std::span<const Type* const> params);
  Conversion classifyLambda(const UnboundLambdaNode* lambda, const Type* delegate);
  Node* finishLambda(const UnboundLambdaNode* lambda, const Type* delegate);
  Conversion classifyGroup(const MethodGroupNode* group, const Type* delegate);
  const Type* groupResult(const MethodGroupNode* group, std::span<const Type* const> params);
  Node* finishGroup(MethodGroupNode* group, const Type* delegate);
  Node* groupCall(MethodGroupNode* group, std::span<const Type* const> params, std::vector<Local*>* locals);
  LocalFunction::Instance* instantiate(LocalFunction& f, const std::vector<const Type*>& args);
  void bindLocalFunction(LocalFunction& f, LocalFunction::Instance& instance);
  void declareLocalFunction(Syntax* s);
  void bindLocalFunctions(Scope* scope);
  bool containsYield(const Syntax* s) const;

  // ---- Statements (binder_statement.cc, binder_switch.cc, binder_try.cc) -------------------------------------------
  // Give whether the end is reachable.
  bool statement(Syntax* s);
  bool bindStatement(Syntax* s);
  bool block(Syntax* s);
  bool statements(std::span<Syntax*> all);
  void localDeclaration(Syntax* s);
  void declarator(Syntax* s, Syntax* type_syntax, const Type* type, uint8_t flags);
  static bool standsAlone(const Syntax* s);
  bool evaluateStatement(Syntax* s);
  bool ifStatement(Syntax* s);
  bool forStatement(Syntax* s);
  Node* enumerable(Node* node);
  bool foreachStatement(Syntax* s);
  bool whileStatement(Syntax* s);
  bool doStatement(Syntax* s);
  bool switchStatement(Syntax* s);
  void switchLabel(Syntax* label, Local* subject, int section, std::vector<uint32_t>& to_body);
  bool jump(Syntax* s);
  bool gotoStatement(Syntax* s);
  bool returnStatement(Syntax* s);
  bool throwStatement(Syntax* s);
  bool tryStatement(Syntax* s);
  struct Protected {
    uint32_t begin, end;
    ScopeLocals* caught;
  };
  void catchClause(Syntax* s, const Protected& range, std::vector<uint32_t>& exits, bool& reachable);
  bool usingStatement(Syntax* s);
  bool yieldStatement(Syntax* s);
  uint32_t emit(Op op, const Node* node = nullptr, uint32_t target = 0);
  uint32_t here() const { return static_cast<uint32_t>(state_->function->code.size()); }
  void patch(const std::vector<uint32_t>& jumps, uint32_t target);
  void noteResult(const Node* node);
  void finishGotos();
  void endOfFunction(bool reachable, uint32_t offset);

  std::string_view source_;
  Arena& arena_;
  Mistakes& mistakes_;
  Scope* scope_ = nullptr;
  FunctionState* state_ = nullptr;
  std::vector<std::unique_ptr<Scope>> scopes_;
  std::map<std::string, Value> strings_;
  // By lambda, function around it (which itself may be bound for several types) and parameter types.
  using LambdaKey = std::tuple<const Syntax*, const Function*, std::vector<const Type*>>;
  std::map<LambdaKey, std::unique_ptr<BoundLambda>> lambdas_;
  Node* conditional_receiver_ = nullptr;
  bool checked_ = false;
  bool unchecked_ = false;
  Mistakes warnings_;
  std::set<std::string_view> assigned_names_;  // of all that the source assigns, in whatever scope
  bool in_nameof_ = false;
  int depth_ = 0;
  uint32_t turns_ = 0;  // expressions bound, again for each attempt at a lambda or an array
  int work_ = 0;        // lambda bodies bound: nested inference is bounded by it
  Usage usage_;

 public:
  // Owns what outlives binding.
  std::vector<std::unique_ptr<Function>> functions;
  std::vector<std::unique_ptr<ScopeLocals>> scope_locals;
};

}  // namespace sluice::expression
