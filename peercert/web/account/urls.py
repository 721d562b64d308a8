"""Addresses of this door. Those of allauth come after: the same address here stands in front of theirs."""

from django.urls import URLPattern, path

from peercert.web.account import give_back, home, passkeys, second_factor, sign_out, still_here, stop_recovery, you

app_name = "account"

urlpatterns: list[URLPattern] = [
    path("", home.home, name="home"),
    path("you/", you.you, name="you"),
    path("sign-out-everywhere/", sign_out.sign_out_everywhere, name="sign_out_everywhere"),
    path("second-factor/", second_factor.second_factor, name="second_factor"),
    path("recovery/<str:token>/", stop_recovery.stop_recovery, name="stop_recovery"),
    path("given-back/", give_back.give_back, name="give_back"),
    path("still-here/", still_here.still_here, name="still_here"),
    # in front of allauth's
    path("2fa/", home.factors_index, name="factors_index"),
    path("2fa/webauthn/keys/<int:pk>/remove/", passkeys.remove, name="remove_passkey"),
]
