import CCurl

extension Transfer {
    func prepare(_ mail: MailRequest, _ id: RequestID, _ options: HTTPClient.Options) throws(HTTPFailure) {
        begin(id)
        try validate(mail)
        outgoing = OutgoingMail(mail.message)
        try set(CURLOPT_URL, mail.server)
        try set(CURLOPT_PROTOCOLS_STR, "smtp,smtps")
        try set(CURLOPT_DISALLOW_USERNAME_IN_URL, 1)
        try set(CURLOPT_USE_SSL, mail.security == .always ? Int(CURLUSESSL_ALL.rawValue) : 0)
        try setTimeouts(connect: mail.connectTimeout, total: mail.timeout)
        try requireTrust(options)
        if let (user, password) = mail.login {
            try set(CURLOPT_USERNAME, user)
            try set(CURLOPT_PASSWORD, password)
        }
        try set(CURLOPT_MAIL_FROM, "<\(mail.sender)>")
        append(field: "<\(mail.recipient)>")
        try check(pm_curl_set_pointer(handle, CURLOPT_MAIL_RCPT, fields))
        try set(CURLOPT_UPLOAD, 1)
        try connectCallbacks()
        try check(pm_curl_set_pointer(handle, CURLOPT_READDATA, Unmanaged.passUnretained(self).toOpaque()))
        try check(pm_curl_set_writer(handle, CURLOPT_READFUNCTION, sendMail))
    }

    /// Returns the result of a mail that libcurl has ended with `code`.
    ///
    /// A message that the server did not accept is an error for libcurl, but the server's reply decides what
    /// to do.
    func mailResult(_ code: CURLcode) -> Result<MailReply, HTTPFailure> {
        if code == CURLE_OK { return .success(MailReply(code: responseCode, text: "")) }
        guard 400..<600 ~= responseCode else { return .failure(failure(code)) }
        return .success(MailReply(code: responseCode, text: errorText))
    }

    /// Rejects a server or an address that would add SMTP commands, or parameters to one.
    private func validate(_ mail: MailRequest) throws(HTTPFailure) {
        let scheme = mail.server.prefix { $0 != ":" }.lowercased()
        guard scheme == "smtp" || scheme == "smtps" else {
            throw HTTPFailure(.invalidRequest, "the URL is neither smtp nor smtps")
        }
        guard mail.server.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F }) else {
            throw HTTPFailure(.invalidRequest, "the URL contains a forbidden character")
        }
        for address in [mail.sender, mail.recipient] {
            guard !address.isEmpty,
                address.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F && !"<>\"\\".utf8.contains($0) })
            else {
                throw HTTPFailure(.invalidRequest, "an address is empty or contains a forbidden character")
            }
        }
    }
}
