"""Django's settings, made from the typed environment; nothing here reads a variable itself."""

import sys
from typing import Any

from csp.constants import NONE, SELF

from peercert.config import database, logs
from peercert.config.environment import ROOT, WrongSetting, read
from peercert.config.storage import storages

try:
    ENVIRONMENT = read()
except WrongSetting as wrong:
    sys.stderr.write(f"{wrong}\n")
    raise SystemExit(2) from None

DEMO = ENVIRONMENT.is_demo
IS_PRODUCTION = not DEMO
DEBUG = False
SECRET_KEY = ENVIRONMENT.secret
ALLOWED_HOSTS = [*ENVIRONMENT.hosts, "localhost", "127.0.0.1"]
CSRF_TRUSTED_ORIGINS = [ENVIRONMENT.origin]

INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.humanize",
    "django.contrib.postgres",
    "django.forms",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "csp",
    "django_htmx",
    "pgtrigger",
    "procrastinate.contrib.django",
    "peercert.config",
    "peercert.program",
    "peercert.web",
    "peercert.jobs",
]

MIDDLEWARE = [
    "peercert.web.api.frame.Frame",
    "peercert.config.proxies.TrustedProxies",
    "peercert.web.readable.Readable",
    "django.middleware.security.SecurityMiddleware",
    "django.middleware.gzip.GZipMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "peercert.web.account.half_hour.HalfHour",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "peercert.web.doors.ActorMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
]

ROOT_URLCONF = "peercert.config.urls"
WSGI_APPLICATION = "peercert.config.wsgi.application"

# A page is a pair of files with one name: its template lies beside its view and is named "public/front.html".
TEMPLATES: list[dict[str, Any]] = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [ROOT / "peercert/web", ROOT / "peercert/web/templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.template.context_processors.i18n",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "peercert.web.frame.frame",
            ],
            "libraries": {"ui": "peercert.web.ui.templatetags.ui"},
        },
    }
]
FORM_RENDERER = "peercert.web.ui.renderer.UswdsRenderer"

DATABASES = {"default": database.for_django(ENVIRONMENT)}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
# Throttles are counted in the database: every web process sees the same count.
CACHES = {
    "default": {
        "BACKEND": "django.core.cache.backends.db.DatabaseCache",
        "LOCATION": "peercert_cache",
        "OPTIONS": {"MAX_ENTRIES": 200_000},
    }
}

# --- language, days and numbers

LANGUAGE_CODE = "en"
LANGUAGES = [("en", "English"), ("es", "Español")]
LOCALE_PATHS = [ROOT / "peercert/locale"]
FORMAT_MODULE_PATH = ["peercert.config.formats"]
TIME_ZONE = "America/Los_Angeles"
USE_TZ = True

# --- files

STATIC_URL = "/static/"
STATIC_ROOT = ENVIRONMENT.home / "static"
STATICFILES_DIRS = [folder for folder in (ROOT / "assets/dist",) if folder.is_dir()]
WHITENOISE_USE_FINDERS = ENVIRONMENT.static == "plain"
WHITENOISE_AUTOREFRESH = ENVIRONMENT.static == "plain"
STORAGES = storages(ENVIRONMENT)
# The largest document is 15 MB; the rest of a form is small.
FILE_UPLOAD_HANDLERS = ["peercert.web.uploads.InMemory"]
FILE_UPLOAD_MAX_MEMORY_SIZE = 16 * 1024 * 1024
DATA_UPLOAD_MAX_MEMORY_SIZE = 2 * 1024 * 1024
DATA_UPLOAD_MAX_NUMBER_FILES = 20

# --- signing in

AUTH_USER_MODEL = "program.Account"
AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 12}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "/"
LOGOUT_REDIRECT_URL = "public:front"
ACCOUNT_ADAPTER = "peercert.web.account.adapters.AccountAdapter"
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*"]
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_EMAIL_VERIFICATION = "mandatory"
ACCOUNT_EMAIL_VERIFICATION_BY_CODE_ENABLED = True
ACCOUNT_EMAIL_VERIFICATION_SUPPORTS_RESEND = True
ACCOUNT_PREVENT_ENUMERATION = True
ACCOUNT_EMAIL_NOTIFICATIONS = True
ACCOUNT_MAX_EMAIL_ADDRESSES = 3
ACCOUNT_LOGOUT_ON_PASSWORD_CHANGE = False
ACCOUNT_SESSION_REMEMBER = False
ACCOUNT_REAUTHENTICATION_REQUIRED = True
# Ten wrong tries lock for fifteen minutes.
ACCOUNT_RATE_LIMITS = {"login_failed": "30/m/ip,10/15m/key"}
ACCOUNT_FORMS = {
    name: f"peercert.web.account.forms.{form}"
    for name, form in {
        "login": "LoginForm",
        "signup": "SignupForm",
        "add_email": "AddEmailForm",
        "change_email": "ChangeEmailForm",
        "change_password": "ChangePasswordForm",
        "set_password": "SetPasswordForm",
        "reset_password": "ResetPasswordForm",
        "reset_password_from_key": "ResetPasswordKeyForm",
        "confirm_email_verification_code": "ConfirmEmailForm",
        "reauthenticate": "ReauthenticateForm",
    }.items()
}
MFA_FORMS = {
    name: f"peercert.web.account.forms.{form}"
    for name, form in {
        "authenticate": "FactorForm",
        "reauthenticate": "FactorAgainForm",
        "activate_totp": "ActivateForm",
        "add_webauthn": "AddPasskeyForm",
        "login_webauthn": "LoginPasskeyForm",
        "authenticate_webauthn": "FactorPasskeyForm",
        "reauthenticate_webauthn": "FactorPasskeyAgainForm",
        "signup_webauthn": "SignupPasskeyForm",
        "edit_webauthn": "RenamePasskeyForm",
    }.items()
}
MFA_ADAPTER = "peercert.web.account.adapters.SecondFactorAdapter"
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_PASSKEY_LOGIN_ENABLED = True
MFA_PASSKEY_SIGNUP_ENABLED = True
MFA_TOTP_ISSUER = "PeerCert"
# Browsers themselves allow passkeys without TLS on localhost alone.
MFA_WEBAUTHN_ALLOW_INSECURE_ORIGIN = ENVIRONMENT.is_demo

# Thirty minutes without a person's request end a session (web/account/half_hour.py starts them anew).
SESSION_COOKIE_AGE = 30 * 60
SESSION_EXPIRE_AT_BROWSER_CLOSE = False
SESSION_COOKIE_NAME = "__Host-session" if IS_PRODUCTION else "session"
CSRF_COOKIE_NAME = "__Host-csrf" if IS_PRODUCTION else "csrf"
LANGUAGE_COOKIE_SECURE = SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = IS_PRODUCTION
SESSION_COOKIE_HTTPONLY = CSRF_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = CSRF_COOKIE_SAMESITE = "Lax"

# --- what a browser may do with our pages

CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [SELF],
        "img-src": [SELF, "data:"],
        "object-src": [NONE],
        "base-uri": [NONE],
        "form-action": [SELF],
        "frame-ancestors": [NONE],
    }
}
X_FRAME_OPTIONS = "DENY"
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
if IS_PRODUCTION:
    SECURE_SSL_REDIRECT = True
    SECURE_REDIRECT_EXEMPT = [r"^health/", r"^metrics$"]
    SECURE_HSTS_SECONDS = 365 * 24 * 3600
    SECURE_HSTS_INCLUDE_SUBDOMAINS = True
    if ENVIRONMENT.proxies:
        SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")

# --- mail

DEFAULT_FROM_EMAIL = SERVER_EMAIL = ENVIRONMENT.mail_from
EMAIL_TIMEOUT = 30
if ENVIRONMENT.mail is not None:
    EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    EMAIL_HOST = ENVIRONMENT.mail.host
    EMAIL_PORT = ENVIRONMENT.mail.port
    EMAIL_HOST_USER = ENVIRONMENT.mail.user
    EMAIL_HOST_PASSWORD = ENVIRONMENT.mail.password
    EMAIL_USE_TLS = ENVIRONMENT.mail.security == "starttls"
    EMAIL_USE_SSL = ENVIRONMENT.mail.security == "tls"
else:
    # Demo alone: the letters can be read on the page "letters sent".
    EMAIL_BACKEND = "django.core.mail.backends.dummy.EmailBackend"

# --- queue

PROCRASTINATE_AUTODISCOVER_MODULE_NAME = ""

LOGGING = logs.configuration(as_json=IS_PRODUCTION)

# Triggers come with migrations; installing them at every migrate of another app would need its tables first.
PGTRIGGER_INSTALL_ON_MIGRATE = False
