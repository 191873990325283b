// Cryptography against published vectors, and what fails as .NET fails.
#include <gtest/gtest.h>

#include <sstream>

#include "base/encoding.h"
#include "expression/cases.h"
#include "text/file.h"

namespace sluice::expression {
namespace {

std::string evaluate(const std::string& expression, const std::string& fixture = "{}") {
  const auto context = fixtureContext(fixture);
  return runCase(expression, *context);
}

std::string text(const std::string& value) {
  return R"({"type":"string","value":")" + value + R"("})";
}

std::string failure(const std::string& exception) {
  return R"({"exception":")" + exception + R"("})";
}

// BitConverter.ToString of the bytes that an expression gives.
std::string hex(const std::string& bytes) {
  return evaluate("@(BitConverter.ToString(" + bytes + ").Replace(\"-\", \"\").ToLower())");
}

std::string certificateFixture() {
  const auto json = text::readFile(std::string(SLUICE_SOURCE_DIR) + "/tests/expressions/fixtures/cert.json", 1u << 20);
  return json.value_or("{}");
}

TEST(Crypto, HashesOfRfc1321AndFips180) {
  EXPECT_EQ(hex(R"(MD5.Create().ComputeHash(Encoding.UTF8.GetBytes("abc")))"),
            text("900150983cd24fb0d6963f7d28e17f72"));
  EXPECT_EQ(hex(R"(SHA1.Create().ComputeHash(Encoding.UTF8.GetBytes("abc")))"),
            text("a9993e364706816aba3e25717850c26c9cd0d89d"));
  EXPECT_EQ(hex(R"(new SHA256Managed().ComputeHash(new byte[0]))"),
            text("e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"));
}

// Test case 6: a key longer than a block.
TEST(Crypto, HmacOfRfc4231) {
  EXPECT_EQ(hex(R"(new HMACSHA256(Enumerable.Repeat((byte)0xaa, 131).ToArray()).ComputeHash()"
                R"(Encoding.UTF8.GetBytes("Test Using Larger Than Block-Size Key - Hash Key First")))"),
            text("60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54"));
  EXPECT_EQ(evaluate("@(new HMACSHA256(new byte[131]).Key.Length)"), R"({"type":"int","value":32})");
}

TEST(Crypto, HashesInPieces) {
  EXPECT_EQ(evaluate("@{ var h = SHA256.Create(); var b = new byte[]{1,2,3}; h.TransformBlock(b, 0, 2, null, 0);"
                     " h.TransformFinalBlock(b, 2, 1); return h.Hash.SequenceEqual(SHA256.Create().ComputeHash(b)); }"),
            R"({"type":"bool","value":true})");
  EXPECT_EQ(evaluate("@{ var h = SHA256.Create(); h.TransformBlock(new byte[2], 0, 2, null, 0); return h.Hash; }"),
            failure("System.Security.Cryptography.CryptographicUnexpectedOperationException"));
  EXPECT_EQ(evaluate("@{ var h = SHA256.Create(); h.Dispose(); return h.ComputeHash(new byte[1]); }"),
            failure("System.ObjectDisposedException"));
}

// NIST SP 800-38A, F.2.1 and F.1.1: the first block.
TEST(Crypto, AesOfSp80038a) {
  const std::string set_up =
      "@{ var a = Aes.Create(); a.Padding = PaddingMode.None;"
      " a.Key = Convert.FromBase64String(\"K34VFiiu0qar9xWICc9PPA==\"); a.IV = new "
      "byte[]{0,1,2,3,4,5,6,7,8,9,10,11,12,13,14,15};"
      " var block = Convert.FromBase64String(\"a8G+4i5An5bpPX4Rc5MXKg==\"); ";
  EXPECT_EQ(evaluate(set_up + "return a.CreateEncryptor().TransformFinalBlock(block, 0, 16); }"),
            R"({"type":"bytes","value":"dkmrrIEZskbO6Y6bEukZfQ=="})");
  EXPECT_EQ(
      evaluate(set_up + "a.Mode = CipherMode.ECB; return a.CreateEncryptor().TransformFinalBlock(block, 0, 16); }"),
      R"({"type":"bytes","value":"Otd7tA16NmConsrzJGbvlw=="})");
}

TEST(Crypto, CiphersGiveBackWhatTheyTook) {
  for (const char* name : {"Aes.Create()", "new RijndaelManaged()", "TripleDES.Create()", "DES.Create()"})
    for (const char* mode : {"CBC", "ECB", "CFB"})
      for (const char* padding : {"PKCS7", "ANSIX923", "ISO10126"})
        EXPECT_EQ(evaluate(std::string("@{ var a = ") + name + "; a.Mode = CipherMode." + mode +
                           "; a.Padding = PaddingMode." + padding +
                           "; var d = Encoding.UTF8.GetBytes(\"thirteen bytes\");"
                           " return Encoding.UTF8.GetString(d.Encrypt(a).Decrypt(a)); }"),
                  text("thirteen bytes"))
            << name << mode << padding;
}

TEST(Crypto, RefusesWhatDotNetRefuses) {
  const std::string crypto = failure("System.Security.Cryptography.CryptographicException");
  EXPECT_EQ(evaluate("@{ var a = Aes.Create(); a.Key = new byte[5]; return 1; }"), crypto);
  EXPECT_EQ(evaluate("@{ var a = Aes.Create(); a.IV = new byte[5]; return 1; }"), crypto);
  EXPECT_EQ(evaluate("@{ var a = TripleDES.Create(); a.Key = new byte[24]; return 1; }"), crypto);
  EXPECT_EQ(evaluate("@(new byte[15].Decrypt(\"Aes\", new byte[16], new byte[16]))"), crypto);
  EXPECT_EQ(evaluate("@(new byte[16].Decrypt(\"Aes\", new byte[16], new byte[16]))"), crypto);
  EXPECT_EQ(evaluate("@{ var r = RSA.Create(); r.ImportParameters(new RSAParameters()); return 1; }"), crypto);
  EXPECT_EQ(evaluate("@(new X509Certificate2(new byte[]{1,2,3}).Subject)"), crypto);
  EXPECT_EQ(evaluate("@(new X509Certificate2((byte[])null).Subject)"), failure("System.ArgumentException"));
}

TEST(Crypto, RsaSignsAndEncrypts) {
  const std::string pair =
      "@{ var r = RSA.Create(); r.KeySize = 1024; var p = RSA.Create();"
      " p.ImportParameters(r.ExportParameters(false)); var d = new byte[]{1,2,3}; ";
  for (const char* padding : {"Pkcs1", "Pss"})
    EXPECT_EQ(evaluate(pair + "var s = r.SignData(d, HashAlgorithmName.SHA256, RSASignaturePadding." + padding +
                       "); var good = p.VerifyData(d, s, HashAlgorithmName.SHA256, RSASignaturePadding." + padding +
                       "); s[5] ^= 1; return good + \",\" + p.VerifyData(d, s, HashAlgorithmName.SHA256, "
                       "RSASignaturePadding." +
                       padding + "); }"),
              text("True,False"));
  for (const char* padding : {"Pkcs1", "OaepSHA1", "OaepSHA256"})
    EXPECT_EQ(evaluate(pair + "return r.Decrypt(p.Encrypt(d, RSAEncryptionPadding." + padding +
                       "), RSAEncryptionPadding." + padding + "); }"),
              R"({"type":"bytes","value":"AQID"})");
  EXPECT_EQ(evaluate(pair + "return p.SignData(d, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1); }"),
            failure("System.Security.Cryptography.CryptographicException"));
  EXPECT_EQ(
      evaluate(pair + "p.FromXmlString(r.ToXmlString(true)); return p.ToXmlString(true) == r.ToXmlString(true); }"),
      R"({"type":"bool","value":true})");
}

// A key that takes long to make ends in an error instead.
TEST(Crypto, KeysThatTakeLongAreBounded) {
  EXPECT_EQ(evaluate("@{ var r = RSA.Create(); r.KeySize = 16384; return r.ToXmlString(false).Length; }"),
            failure("Sluice.BudgetExceededException"));
}

TEST(Crypto, CertificatesSayWhatTheyHold) {
  const std::string fixture = certificateFixture();
  EXPECT_EQ(evaluate("@(context.Request.Certificate.GetNameInfo(X509NameType.SimpleName, false))", fixture),
            text("client.contoso.example"));
  EXPECT_EQ(evaluate("@(context.Request.Certificate.SubjectName.Decode(X500DistinguishedNameFlags.None))", fixture),
            text("O=Contoso Ltd, CN=client.contoso.example"));
  EXPECT_EQ(evaluate("@(string.Join(\",\", context.Request.Certificate.Extensions.Select(e => e.Oid.Value)))", fixture),
            text("2.5.29.14,2.5.29.35,2.5.29.19"));
  EXPECT_EQ(evaluate("@(context.Request.Certificate.Verify())", fixture), R"({"type":"bool","value":false})");
  EXPECT_EQ(evaluate("@(new X509Certificate2(Encoding.ASCII.GetBytes(\"-----BEGIN CERTIFICATE-----\\n\" + "
                     "Convert.ToBase64String(context.Request.Certificate.RawData) + \"\\n-----END CERTIFICATE-----\"))"
                     ".Equals(context.Request.Certificate))",
                     fixture),
            R"({"type":"bool","value":true})");
}

TEST(Crypto, CertificatesKeepTheirKeys) {
  const std::string fixture = certificateFixture();
  EXPECT_EQ(evaluate("@(context.Request.Certificate.GetRSAPrivateKey() == null)", fixture),
            R"({"type":"bool","value":true})");
  EXPECT_EQ(evaluate("@{ var r = RSA.Create(); r.KeySize = 512;"
                     " return context.Request.Certificate.CopyWithPrivateKey(r); }",
                     fixture),
            failure("System.ArgumentException"));
}

}  // namespace
}  // namespace sluice::expression
