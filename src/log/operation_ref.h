// OperationRef: shared ownership of one immutable Operation, intrusively counted (one thread).
#pragma once
#include <utility>

namespace weft {

class Operation;

class OperationRef {
 public:
  OperationRef() = default;
  OperationRef(std::nullptr_t) {}                            // NOLINT: null is a ref
  explicit OperationRef(const Operation* adopted);           // takes one count
  OperationRef(const OperationRef& other);
  OperationRef(OperationRef&& other) noexcept : operation_(std::exchange(other.operation_, nullptr)) {}
  OperationRef& operator=(OperationRef other) noexcept { std::swap(operation_, other.operation_); return *this; }
  ~OperationRef();
  explicit operator bool() const { return operation_ != nullptr; }
  const Operation& operator*() const { return *operation_; }
  const Operation* operator->() const { return operation_; }
  const Operation* get() const { return operation_; }

 private:
  const Operation* operation_ = nullptr;
};

}  // namespace weft
