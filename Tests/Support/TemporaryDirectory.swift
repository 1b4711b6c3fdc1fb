import Glibc

/// A new directory, removed with its contents when the object is released.
///
/// Other users, such as that of a database server, may enter it (mode 0755). Its path is short,
/// because that of a Unix socket must stay below 108 bytes.
package final class TemporaryDirectory: Sendable {
    package let path: String

    package init() throws {
        var template = Array("/tmp/pm-XXXXXX".utf8CString)
        guard mkdtemp(&template) != nil, chmod(template, 0o755) == 0 else {
            throw TestFailure.unable(to: "make a directory in /tmp")
        }
        path = template.withUnsafeBufferPointer { String(cString: $0.baseAddress!) }
    }

    deinit {
        removeTree(path)
    }

    /// Returns the path of a file in the directory.
    package func file(_ name: String) -> String { "\(path)/\(name)" }

    /// Writes a file and returns its path.
    @discardableResult
    package func write(_ text: String, to name: String) throws -> String {
        let path = file(name)
        let descriptor = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o644)
        guard descriptor >= 0 else { throw TestFailure.unable(to: "create \(path)") }
        defer { close(descriptor) }
        try writeAll(Array(text.utf8), to: descriptor)
        return path
    }

    /// Returns the content of a file in the directory.
    package func read(_ name: String) throws -> String {
        let descriptor = open(file(name), O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw TestFailure.unable(to: "read \(file(name))") }
        defer { close(descriptor) }
        return String(decoding: try readAll(from: descriptor), as: UTF8.self)
    }

    /// The names of the files and folders in the directory.
    package var names: [String] { entries(of: path) }
}

/// Removes a file, or a directory with its contents. Links are removed, not followed.
private func removeTree(_ path: String) {
    guard unlink(path) != 0 else { return }
    for name in entries(of: path) { removeTree("\(path)/\(name)") }
    rmdir(path)
}

private func entries(of path: String) -> [String] {
    guard let directory = opendir(path) else { return [] }
    defer { closedir(directory) }
    var names: [String] = []
    while let entry = Glibc.readdir(directory) {
        names.append(
            withUnsafePointer(to: &entry.pointee.d_name) {
                $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
            })
    }
    return names.filter { $0 != "." && $0 != ".." }
}
