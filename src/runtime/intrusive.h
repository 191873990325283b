// An intrusive doubly linked list: nodes unlink themselves in O(1) when destroyed, which is how a cancelled awaiter
// leaves whatever it waited on. One thread. The list does not own its nodes.
#pragma once

namespace sluice::runtime {

class ListNode {
 public:
  ListNode() = default;
  ~ListNode() { unlink(); }
  ListNode(const ListNode&) = delete;
  ListNode& operator=(const ListNode&) = delete;

  bool linked() const { return next_ != nullptr; }
  void unlink() {
    if (next_ == nullptr) return;
    previous_->next_ = next_;
    next_->previous_ = previous_;
    next_ = previous_ = nullptr;
  }

 private:
  template <class T>
  friend class List;
  ListNode* next_ = nullptr;
  ListNode* previous_ = nullptr;
};

// T derives from ListNode. Whatever is still linked when the list dies is unlinked, not destroyed.
template <class T>
class List {
 public:
  List() { clear(); }
  ~List() {
    while (!empty()) front()->unlink();
    root_.next_ = root_.previous_ = nullptr;
  }
  List(const List&) = delete;
  List& operator=(const List&) = delete;

  bool empty() const { return root_.next_ == &root_; }
  T* front() { return empty() ? nullptr : static_cast<T*>(root_.next_); }
  T* back() { return empty() ? nullptr : static_cast<T*>(root_.previous_); }
  T* next(T* node) { return node->next_ == &root_ ? nullptr : static_cast<T*>(node->next_); }
  void pushBack(T& node) { insertBefore(root_, node); }
  void pushFront(T& node) { insertBefore(*root_.next_, node); }
  // Moves everything to the end of `to`.
  void moveAllTo(List& to) {
    if (empty()) return;
    root_.next_->previous_ = to.root_.previous_;
    to.root_.previous_->next_ = root_.next_;
    root_.previous_->next_ = &to.root_;
    to.root_.previous_ = root_.previous_;
    clear();
  }

 private:
  void clear() { root_.next_ = root_.previous_ = &root_; }
  static void insertBefore(ListNode& at, ListNode& node) {
    node.next_ = &at;
    node.previous_ = at.previous_;
    at.previous_->next_ = &node;
    at.previous_ = &node;
  }
  ListNode root_;
};

}  // namespace sluice::runtime
