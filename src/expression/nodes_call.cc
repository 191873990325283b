// Evaluation of calls, arrays and conversions.
#include "expression/nodes.h"
#include "expression/number.h"

namespace sluice::expression {

namespace {

// Room for a few values that are written before they are read.
template <size_t kCount>
struct Room {
  alignas(Value) std::byte bytes[kCount * sizeof(Value)];
  Value* values() { return reinterpret_cast<Value*>(bytes); }
};

}  // namespace

inline bool CallNode::gather(Frame& frame, Value* values) const {
  Eval& eval = frame.eval;
  const Node* const* arg = args.data();
  Value* const end = values + args.size();
  for (Value* to = values; to != end; ++to, ++arg) {
    *to = evaluate(*arg, frame);
    if (eval.failed()) return false;
  }
  eval.source_offset = offset;
  if (checks_receiver && values[0].isNull()) {
    eval.raiseNullReference();
    return false;
  }
  return true;
}

Value CallNode::eval(Frame& frame) const {
  Room<8> local;
  Value* values = args.size() <= 8 ? local.values() : frame.eval.arena.array<Value>(args.size()).data();
  if (!frame.eval.step() || !gather(frame, values)) return {};
  Call call{frame.eval, values, static_cast<uint32_t>(args.size()), type, type_args, receiver};
  const Value result = member->get(call);
  if (!targets.empty()) [[unlikely]]
    storeBack(frame, values);
  return result;
}

// What out and ref arguments were given.
void CallNode::storeBack(Frame& frame, const Value* values) const {
  for (size_t i = 0; i < targets.size() && !frame.eval.failed(); ++i)
    if (targets[i] != nullptr) targets[i]->store(frame, values[i]);
}

bool CallNode::store(Frame& frame, const Value& value) const {
  Room<8> local;
  Value* values = args.size() < 8 ? local.values() : frame.eval.arena.array<Value>(args.size() + 1).data();
  if (!gather(frame, values)) return false;
  values[args.size()] = value;
  Call call{frame.eval, values, static_cast<uint32_t>(args.size() + 1), type, type_args, receiver};
  member->set(call);
  return !frame.eval.failed();
}

void dropSingleton(CallNode& call, Arena& arena) {
  if (call.args.empty() || call.member->owner == nullptr || !call.member->owner->is_singleton) return;
  // It must be known to be there, and free of effects: the context object, or a member of it that is itself a
  // singleton.
  const Node* receiver = call.args[0];
  const auto* local = dynamic_cast<const LocalNode*>(receiver);
  const auto* made = dynamic_cast<const CallNode*>(receiver);
  const bool is_context = local != nullptr && local->local->read_only && local->local->name == "context" &&
                          local->type->def == call.member->owner;
  const bool is_part = made != nullptr && made->args.size() == 1 && made->args[0]->kind == NodeKind::Constant &&
                       made->member->owner->is_singleton;
  if (!is_context && !is_part) return;
  auto* nothing = arena.create<ConstantNode>();
  nothing->kind = NodeKind::Constant;
  nothing->type = receiver->type;
  nothing->offset = receiver->offset;
  call.args[0] = nothing;
  call.checks_receiver = false;
}

Value InvokeNode::eval(Frame& frame) const {
  const Value function = callee->eval(frame);
  if (frame.eval.failed()) return {};
  Room<8> local;
  Value* values = args.size() <= 8 ? local.values() : frame.eval.arena.array<Value>(args.size()).data();
  for (size_t i = 0; i < args.size(); ++i) {
    values[i] = evaluate(args[i], frame);
    if (frame.eval.failed()) return {};
  }
  frame.eval.source_offset = offset;
  const Value result = frame.eval.invoke(function, std::span<Value>(values, args.size()));
  for (size_t i = 0; i < targets.size() && !frame.eval.failed(); ++i)
    if (targets[i] != nullptr) targets[i]->store(frame, values[i]);
  return result;
}

Value LambdaNode::eval(Frame& frame) const {
  ClosureObject* closure = makeClosure(frame, function);
  closure->type = type;
  return Value::object(closure);
}

// The element's place; bytes are not Values, so for byte[] it gives null with `bytes` and `at` set.
Value* ArrayIndexNode::find(Frame& frame, Value& target, BytesObject*& bytes, uint32_t& at) const {
  Eval& eval = frame.eval;
  target = array->eval(frame);
  if (eval.failed()) return nullptr;
  bytes = nullptr;
  uint64_t index = 0;
  bool inside = true;
  for (size_t i = 0; i < indexes.size(); ++i) {
    const Value one = indexes[i]->eval(frame);
    if (eval.failed()) return nullptr;
    if (target.isNull()) break;
    const int64_t number = one.asInt64();
    const auto* object = target.asObject();
    const uint32_t length = object->kind == ObjectKind::Bytes ? as<BytesObject>(target)->length
                            : indexes.size() == 1             ? as<ArrayObject>(target)->length
                                                              : as<ArrayObject>(target)->lengths[i];
    inside = inside && number >= 0 && number < length;
    index = index * length + static_cast<uint64_t>(number);
  }
  eval.source_offset = offset;
  if (target.isNull()) {
    eval.raiseNullReference();
    return nullptr;
  }
  if (!inside) {
    eval.raise("System.IndexOutOfRangeException", "Index was outside the bounds of the array.");
    return nullptr;
  }
  if (target.asObject()->kind == ObjectKind::Bytes) {
    bytes = as<BytesObject>(target);
    at = static_cast<uint32_t>(index);
    return nullptr;
  }
  return &as<ArrayObject>(target)->items[index];
}

Value ArrayIndexNode::eval(Frame& frame) const {
  Value target;
  BytesObject* bytes = nullptr;
  uint32_t at = 0;
  const Value* element = find(frame, target, bytes, at);
  if (frame.eval.failed()) return {};
  return bytes != nullptr ? Value::integer(Tag::Byte, bytes->data[at]) : *element;
}

bool ArrayIndexNode::store(Frame& frame, const Value& value) const {
  Value target;
  BytesObject* bytes = nullptr;
  uint32_t at = 0;
  Value* element = find(frame, target, bytes, at);
  if (frame.eval.failed()) return false;
  // An object[] may be a string[] in truth.
  if (const Type* actual = target.asObject()->type;
      actual != array->type && !value.isNull() && !isInstance(value, actual->element())) {
    frame.eval.raise("System.ArrayTypeMismatchException",
                     "Attempted to access an element as a type incompatible with the array.");
    return false;
  }
  if (bytes != nullptr) {
    bytes->data[at] = static_cast<uint8_t>(value.asInt64());
  } else {
    *element = value;
  }
  return true;
}

Value NewArrayNode::eval(Frame& frame) const {
  Eval& eval = frame.eval;
  const bool of_bytes = type == core().byte_array;
  uint64_t total = has_elements ? elements.size() : 1;
  std::span<uint32_t> dimensions = eval.arena.array<uint32_t>(type->rank > 1 ? type->rank : 0u);
  for (size_t i = 0; i < sizes.size(); ++i) {
    const int64_t size = sizes[i]->eval(frame).asInt64();
    if (eval.failed()) return {};
    if (size < 0) return eval.raise("System.OverflowException", "Arithmetic operation resulted in an overflow.");
    if (!dimensions.empty()) dimensions[i] = static_cast<uint32_t>(size);
    if (!has_elements) total *= static_cast<uint64_t>(size);
    if (total > 0x7FFFFFC7)
      return eval.raise("System.OutOfMemoryException", "Array dimensions exceeded supported range.");
  }
  for (size_t i = 0; i < lengths.size(); ++i) dimensions[i] = lengths[i];
  if (of_bytes) {
    const Value made = newBytesOfSize(eval, static_cast<uint32_t>(total));
    if (eval.failed()) return {};
    for (size_t i = 0; i < elements.size(); ++i) {
      const Value element = elements[i]->eval(frame);
      if (eval.failed()) return {};
      as<BytesObject>(made)->data[i] = static_cast<uint8_t>(element.asInt64());
    }
    return made;
  }
  ArrayObject* made = newArray(eval, type, static_cast<uint32_t>(total));
  if (eval.failed()) return {};
  made->lengths = dimensions.data();
  for (size_t i = 0; i < elements.size(); ++i) {
    const Value element = elements[i]->eval(frame);
    if (eval.failed()) return {};
    made->items[i] = element;
  }
  return Value::object(made);
}

Value ConvertNode::eval(Frame& frame) const {
  Eval& eval = frame.eval;
  const Value value = operand->eval(frame);
  if (eval.failed()) return {};
  eval.source_offset = offset;
  switch (how) {
    case How::Same:
      return value;
    case How::Number:
      return value.isNull() ? value : convertNumber(eval, value, type->tag, false);
    case How::CheckedNumber:
      return value.isNull() ? value : convertNumber(eval, value, type->tag, true);
    case How::Unbox:
      // Boxed enums unbox as their underlying int, and ints as enums of it.
      if (value.isNull()) return type->isNullable() ? value : eval.raiseNullReference();
      if (isInstance(value, type)) return value;
      if (type->kind == TypeKind::Enum && value.tag() == Tag::Int32) return newEnum(type, value.asInt64());
      if (type->tag == Tag::Int32 && !type->isNullable() && value.tag() == Tag::Enum)
        return Value::int32(value.asInt32());
      break;
    case How::Reference:
      if (value.isNull() || isInstance(value, type)) return value;
      break;
    case How::ToEnum: {
      const Type* target = type->isNullable() ? type->underlying() : type;
      return value.isNull() ? value : newEnum(target, convertNumber(eval, value, Tag::Int32, false).asInt64());
    }
    case How::FromEnum:
      return value.isNull() ? value : convertNumber(eval, Value::int64(value.asInt64()), type->tag, false);
    case How::NullableValue:
      if (!value.isNull()) return value;
      return eval.raise("System.InvalidOperationException", "Nullable object must have a value.");
  }
  return eval.raise("System.InvalidCastException", "Unable to cast object of type '" + typeOf(value)->fullName() +
                                                       "' to type '" + type->fullName() + "'.");
}

}  // namespace sluice::expression
