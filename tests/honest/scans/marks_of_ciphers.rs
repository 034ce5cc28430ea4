//! Marks of what is encrypted or public hide no token: anybody can write them into a pull request.

use super::{leak, repository, write};
use crate::support::FOUR;

#[tokio::test(start_paused = true)]
async fn a_mark_of_something_encrypted_or_public_hides_no_token() {
    let world = repository(FOUR);
    let line = leak(&world);
    let token = line.trim().strip_prefix("KEY=").unwrap();
    let long = "Q".repeat(300);
    for text in [
        format!("# ENC[\n{line}"),
        format!("# ENC[\n{line}# ]\n"),
        format!("x: ENC[{token}]\n"),
        format!("x: ENC[AES256_GCM,data:{token},type:str]\n"),
        format!("x: ENC[PKCS7,\n{line}]\n"),
        format!("x: ENC({token})\n"),
        format!("-----BEGIN PGP MESSAGE-----\n\n{line}"),
        format!("-----BEGIN AGE ENCRYPTED FILE-----\n{token}\n-----END AGE ENCRYPTED FILE-----\n"),
        format!("x: !vault |\n  $ANSIBLE_VAULT;1.1;AES256\n  {token}\n"),
        format!("x: vault:v1:{token}\n"),
        format!("x: '{{cipher}}{token}'\n"),
        format!("kind: SealedSecret\nencryptedData:\n  x: {token}\n"),
        format!("kind: SealedSecret\nencryptedData:\n  x: AgA{long}\n{line}"),
        format!("v=DKIM1; k=rsa; p={token}\n"),
        format!("x._domainkey TXT \"v=DKIM1; p=MIG{long}\" {token}\n"),
        format!("DKIM-Signature: v=1; b={token}\n"),
        format!("site-verification={token}\n"),
        format!("sha256:{token}\n"),
        format!("\"integrity\": \"{token}\"\n"),
        format!("uses: acme/x@{token}\n"),
        format!("public key: {token}\n"),
    ] {
        write(&world.folder.join("a.txt"), &text);
        let ran = world.run(&["scan", "a.txt"]).await;
        assert_eq!(ran.code, 11, "{}\n{}", text.replace(token, "TOKEN"), ran.all());
    }
}
