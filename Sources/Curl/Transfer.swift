import CCurl
import Glibc

/// One request in flight and the part of its response received so far. Reused for later requests, like its C
/// handle.
final class Transfer {
    let handle: UnsafeMutableRawPointer
    private(set) var id = RequestID(number: 0)
    var response = PartialResponse()
    var gate = AddressGate()
    private let details: UnsafeMutablePointer<CChar>
    /// The request's header lines, or a mail's recipients.
    private(set) var fields: UnsafeMutablePointer<curl_slist>?
    /// The message, if the request is a mail.
    var outgoing: OutgoingMail?

    init() {
        guard let handle = curl_easy_init() else { fatalError("libcurl is out of memory") }
        self.handle = handle
        details = .allocate(capacity: Int(CURL_ERROR_SIZE))
        details.initialize(repeating: 0, count: Int(CURL_ERROR_SIZE))
    }

    deinit {
        curl_easy_cleanup(handle)
        curl_slist_free_all(fields)
        details.deallocate()
    }

    /// Returns the ``Transfer`` that belongs to a C handle.
    static func of(_ handle: UnsafeMutableRawPointer) -> Transfer {
        var pointer: UnsafeMutableRawPointer?
        pm_curl_get_private(handle, &pointer)
        return at(pointer!)
    }

    /// Returns the ``Transfer`` that belongs to the user pointer of a callback.
    static func at(_ pointer: UnsafeMutableRawPointer) -> Transfer {
        Unmanaged.fromOpaque(pointer).takeUnretainedValue()
    }

    /// Resets the request and the response. The connections and DNS entries that libcurl caches remain.
    func clear() {
        curl_easy_reset(handle)
        curl_slist_free_all(fields)
        fields = nil
        response = PartialResponse()
        gate = AddressGate()
        outgoing = nil
    }

    /// Assigns the transfer to a request.
    func begin(_ id: RequestID) {
        self.id = id
        details.pointee = 0
    }

    func prepare(_ request: HTTPRequest, _ id: RequestID, _ options: HTTPClient.Options) throws(HTTPFailure) {
        begin(id)
        response.longestBody = request.longestAnswer
        gate.policy = request.addressPolicy
        try validate(request)
        try configure(request, options)
        try connectCallbacks()
    }

    /// Returns the result of an HTTP request that libcurl has ended with `code`.
    func result(_ code: CURLcode) -> Result<HTTPResponse, HTTPFailure> {
        guard code == CURLE_OK else {
            return .failure(failure(code).with(head: finishedResponse(body: [])))
        }
        return .success(finishedResponse(body: response.body))
    }

    private func finishedResponse(body: [UInt8]) -> HTTPResponse {
        var microseconds = curl_off_t()
        pm_curl_get_size(handle, CURLINFO_TOTAL_TIME_T, &microseconds)
        return HTTPResponse(
            status: responseCode, headers: response.headers, body: body, elapsed: .microseconds(microseconds))
    }

    /// The status of the response, or the code of the mail server's last reply; 0 if there is none.
    var responseCode: Int {
        var code = 0
        pm_curl_get_long(handle, CURLINFO_RESPONSE_CODE, &code)
        return code
    }

    /// libcurl's description of an error; empty if there is none.
    var errorText: String { String(cString: details) }

    func failure(_ code: CURLcode) -> HTTPFailure {
        if response.isTooLarge {
            return HTTPFailure(.tooLarge, "the response exceeds \(response.longestBody) bytes")
        }
        if gate.hasDenied(code) {
            return HTTPFailure(.addressDenied, "the host has no public address")
        }
        guard code != CURLE_OPERATION_TIMEDOUT || hasSent else {
            return HTTPFailure(.couldNotConnect, errorText)
        }
        return HTTPFailure(code, details: errorText)
    }

    private var hasSent: Bool {
        var bytes = 0
        pm_curl_get_long(handle, CURLINFO_REQUEST_SIZE, &bytes)
        return bytes > 0 || outgoing != nil
    }
}

// MARK: - Options

extension Transfer {
    /// Rejects a URL or header that libcurl would send unchecked or truncated.
    private func validate(_ request: HTTPRequest) throws(HTTPFailure) {
        let scheme = request.url.prefix { $0 != ":" }.lowercased()
        guard scheme == "http" || scheme == "https" else {
            throw HTTPFailure(.invalidRequest, "the URL is neither http nor https")
        }
        guard !request.url.utf8.contains(0) else {
            throw HTTPFailure(.invalidRequest, "the URL contains a NUL")
        }
        guard request.headers.isSafe else {
            throw HTTPFailure(.invalidRequest, "a header is empty or contains a forbidden character")
        }
    }

    private func configure(_ request: HTTPRequest, _ options: HTTPClient.Options) throws(HTTPFailure) {
        try set(CURLOPT_URL, request.url)
        try set(CURLOPT_PROTOCOLS_STR, "http,https")
        try set(CURLOPT_DISALLOW_USERNAME_IN_URL, 1)
        try set(CURLOPT_FOLLOWLOCATION, 0)
        try set(CURLOPT_USERAGENT, options.userAgent)
        try set(CURLOPT_ACCEPT_ENCODING, "")  // every encoding that libcurl can decode

        try set(CURLOPT_HTTP_VERSION, CURL_HTTP_VERSION_2TLS)
        try setTimeouts(connect: request.connectTimeout, total: request.timeout)
        try requireTrust(options)

        // A proxy would connect to an address that the gate never sees.
        if case .publicOnly = request.addressPolicy { try set(CURLOPT_PROXY, "") }

        // Ends the transfer at once if Content-Length is too large. For HEAD it is not the length of the
        // response.
        if request.method != .head {
            try check(pm_curl_set_size(handle, CURLOPT_MAXFILESIZE_LARGE, curl_off_t(request.longestAnswer)))
        }
        try setMethod(request)
        try setHeaders(request)
    }

    func setTimeouts(connect: Duration, total: Duration) throws(HTTPFailure) {
        try set(CURLOPT_CONNECTTIMEOUT_MS, max(connect.milliseconds, 1))  // 0 means 300 s
        try set(CURLOPT_TIMEOUT_MS, max(total.milliseconds, 1))  // 0 means never
        try set(CURLOPT_NOSIGNAL, 1)
        // Otherwise a timeout or `cancel` waits for the thread that resolves the name, which may take 30 s.
        try set(CURLOPT_QUICK_EXIT, 1)
        try set(CURLOPT_TCP_KEEPALIVE, 1)
    }

    func requireTrust(_ options: HTTPClient.Options) throws(HTTPFailure) {
        try set(CURLOPT_SSLVERSION, CURL_SSLVERSION_TLSv1_2)  // or later
        try set(CURLOPT_SSL_VERIFYPEER, 1)
        try set(CURLOPT_SSL_VERIFYHOST, 2)
        // libcurl ignores the variable; only its command line reads it.
        let file = options.certificateFile ?? getenv("SSL_CERT_FILE").map { String(cString: $0) }
        if let file, !file.isEmpty { try set(CURLOPT_CAINFO, file) }
    }

    private func setMethod(_ request: HTTPRequest) throws(HTTPFailure) {
        switch request.method {
        case .get where request.body.isEmpty: try set(CURLOPT_HTTPGET, 1)
        case .head where request.body.isEmpty: try set(CURLOPT_NOBODY, 1)
        case .delete where request.body.isEmpty: try set(CURLOPT_CUSTOMREQUEST, request.method.rawValue)
        case .get, .head, .post, .put, .patch, .delete:
            try set(CURLOPT_POST, 1)
            try set(CURLOPT_CUSTOMREQUEST, request.method.rawValue)
            try check(pm_curl_set_size(handle, CURLOPT_POSTFIELDSIZE_LARGE, curl_off_t(request.body.count)))
            // The manual requires that the size is set before the body, which is copied.
            try check(
                request.body.withUnsafeBytes { body in
                    withUnsafeTemporaryAllocation(byteCount: 1, alignment: 1) { nothing in
                        pm_curl_set_pointer(
                            handle, CURLOPT_COPYPOSTFIELDS,
                            UnsafeMutableRawPointer(
                                mutating: body.baseAddress ?? UnsafeRawPointer(nothing.baseAddress!)))
                    }
                })
        }
    }

    private func setHeaders(_ request: HTTPRequest) throws(HTTPFailure) {
        for (name, value) in request.headers.fields {
            // For libcurl, "Name:" would remove the header.
            append(field: value.isEmpty ? "\(name);" : "\(name): \(value)")
        }
        // Otherwise libcurl declares the body a form.
        if request.headers["Content-Type"] == nil { append(field: "Content-Type:") }
        append(field: "Expect:")  // otherwise a large body waits up to 1 s for "100 Continue"
        try check(pm_curl_set_pointer(handle, CURLOPT_HTTPHEADER, fields))
    }

    func append(field: String) {
        guard let longer = curl_slist_append(fields, field) else { fatalError("libcurl is out of memory") }
        fields = longer
    }

    func connectCallbacks() throws(HTTPFailure) {
        // Unretained: the client retains the transfer while its handle is in use, and `deinit` frees the
        // handle.
        let pointer = Unmanaged.passUnretained(self).toOpaque()
        try check(pm_curl_set_pointer(handle, CURLOPT_PRIVATE, pointer))
        try check(pm_curl_set_pointer(handle, CURLOPT_ERRORBUFFER, details))
        try check(pm_curl_set_pointer(handle, CURLOPT_HEADERDATA, pointer))
        try check(pm_curl_set_writer(handle, CURLOPT_HEADERFUNCTION, receiveHeader))
        try check(pm_curl_set_pointer(handle, CURLOPT_WRITEDATA, pointer))
        try check(pm_curl_set_writer(handle, CURLOPT_WRITEFUNCTION, receiveBody))
        try check(pm_curl_set_pointer(handle, CURLOPT_OPENSOCKETDATA, pointer))
        try check(pm_curl_set_opener(handle, openSocket))
        try check(pm_curl_set_pointer(handle, CURLOPT_PREREQDATA, pointer))
        try check(pm_curl_set_prerequisite(handle, checkConnection))
    }

    func set(_ option: CURLoption, _ value: Int) throws(HTTPFailure) {
        try check(pm_curl_set_long(handle, option, value))
    }

    func set(_ option: CURLoption, _ value: String) throws(HTTPFailure) {
        try check(pm_curl_set_text(handle, option, value))
    }

    func check(_ code: CURLcode) throws(HTTPFailure) {
        guard code == CURLE_OK else { throw HTTPFailure(code) }
    }
}
