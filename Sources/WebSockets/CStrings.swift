import Glibc

/// C strings and structs that libwebsockets keeps pointers to, freed when this object is released.
final class CStrings {
    private var allocations: [UnsafeMutableRawPointer] = []

    deinit {
        for allocation in allocations { free(allocation) }
    }

    func keep(_ text: String) -> UnsafePointer<CChar> {
        let copy = strdup(text)!
        allocations.append(copy)
        return UnsafePointer(copy)
    }

    /// Copies C structs, which need no deinitialization.
    func keep<Value: BitwiseCopyable>(_ values: [Value]) -> UnsafePointer<Value> {
        let bytes = max(values.count, 1) * MemoryLayout<Value>.stride
        let copy = malloc(bytes)!
        allocations.append(copy)
        let typed = copy.bindMemory(to: Value.self, capacity: values.count)
        typed.initialize(from: values, count: values.count)
        return UnsafePointer(typed)
    }
}
